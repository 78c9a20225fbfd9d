"""The messages of the FIT profile that an activity with running dynamics is made of."""

from __future__ import annotations

from pipeline.exporters.fit_file import Field, Message

_DATE = Field(253, "uint32")

FILE_ID = Message(
    0,
    {
        "type": Field(0, "enum"),
        "manufacturer": Field(1, "uint16"),
        "product": Field(2, "uint16"),
        "serial_number": Field(3, "uint32z"),
        "time_created": Field(4, "uint32"),
        "product_name": Field(8, "string", size=20),
    },
)
DEVELOPER_DATA_ID = Message(
    207,
    {
        "application_id": Field(1, "byte", size=16),
        "manufacturer_id": Field(2, "uint16"),
        "developer_data_index": Field(3, "uint8"),
        "application_version": Field(4, "uint32"),
    },
)
FIELD_DESCRIPTION = Message(
    206,
    {
        "developer_data_index": Field(0, "uint8"),
        "field_definition_number": Field(1, "uint8"),
        "fit_base_type_id": Field(2, "uint8"),
        "field_name": Field(3, "string", size=32),
        "units": Field(8, "string", size=8),
        "native_mesg_num": Field(14, "uint16"),
    },
)
EVENT = Message(21, {"timestamp": _DATE, "event": Field(0, "enum"), "event_type": Field(1, "enum")})
RECORD_FIELDS = {
    "timestamp": _DATE,
    "heart_rate": Field(3, "uint8"),
    "cadence": Field(4, "uint8"),
    "fractional_cadence": Field(53, "uint8", 128.0),
    "distance": Field(5, "uint32", 100.0),
    "enhanced_speed": Field(73, "uint32", 1000.0),
    "vertical_oscillation": Field(39, "uint16", 10.0),
    "stance_time": Field(41, "uint16", 10.0),
    "stance_time_percent": Field(40, "uint16", 100.0),
    "stance_time_balance": Field(84, "uint16", 100.0),
    "step_length": Field(85, "uint16", 10.0),
}
_SPAN = {"timestamp": _DATE, "event": Field(0, "enum"), "event_type": Field(1, "enum"),
         "start_time": Field(2, "uint32"), "total_elapsed_time": Field(7, "uint32", 1000.0),
         "total_timer_time": Field(8, "uint32", 1000.0), "total_distance": Field(9, "uint32", 100.0),
         "message_index": Field(254, "uint16")}  # fmt: skip
LAP = Message(
    19,
    {
        **_SPAN,
        "avg_cadence": Field(17, "uint8"),
        "avg_fractional_cadence": Field(80, "uint8", 128.0),
        "avg_vertical_oscillation": Field(77, "uint16", 10.0),
        "avg_stance_time_percent": Field(78, "uint16", 100.0),
        "avg_stance_time": Field(79, "uint16", 10.0),
        "avg_stance_time_balance": Field(119, "uint16", 100.0),
        "avg_step_length": Field(120, "uint16", 10.0),
        "avg_heart_rate": Field(15, "uint8"),
        "sport": Field(25, "enum"),
    },
)
SESSION = Message(
    18,
    {
        **_SPAN,
        "avg_cadence": Field(18, "uint8"),
        "avg_fractional_cadence": Field(92, "uint8", 128.0),
        "avg_vertical_oscillation": Field(89, "uint16", 10.0),
        "avg_stance_time_percent": Field(90, "uint16", 100.0),
        "avg_stance_time": Field(91, "uint16", 10.0),
        "avg_stance_time_balance": Field(133, "uint16", 100.0),
        "avg_step_length": Field(134, "uint16", 10.0),
        "avg_heart_rate": Field(16, "uint8"),
        "sport": Field(5, "enum"),
        "sub_sport": Field(6, "enum"),
        "first_lap_index": Field(25, "uint16"),
        "num_laps": Field(26, "uint16"),
    },
)
ACTIVITY = Message(
    34,
    {
        "timestamp": _DATE,
        "total_timer_time": Field(0, "uint32", 1000.0),
        "num_sessions": Field(1, "uint16"),
        "type": Field(2, "enum"),
        "event": Field(3, "enum"),
        "event_type": Field(4, "enum"),
    },
)
