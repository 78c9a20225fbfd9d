"""WitMotion WT901BLE and WT9011DCL-BT50: a stream of frames without clock, counter or checksum."""
