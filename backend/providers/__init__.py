"""The only room that knows Google's and Microsoft's names, and the vault their secrets lie in."""
