"""The collector on the host's radio: unmodified bleak over D-Bus and BlueZ, in a small virtual machine."""
