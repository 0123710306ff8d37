"""Hand fakes, each at one of our own ports."""
