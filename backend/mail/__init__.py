"""Facts about e-mail, pure: no I/O, no database, no clock."""
