"""Foreign files to samples in SI units, with checks that say what is wrong and where."""
