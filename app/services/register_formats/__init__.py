"""The files of registers: one number a line, in eight formats, each line read for itself and in constant memory."""

from app.domain.register import RegisterFormat
from app.services.register_formats.line import FORMAT_ENDS, LineFault, LineReader, Reading, ReadLine, RefusedLine
from app.services.register_formats.national import answer_line, change_line, north_american_line, tps_line
from app.services.register_formats.source import line_blocks, opened
from app.services.register_formats.tables import plain_line, positive_line, slovak_line, table_line

__all__ = ["FORMAT_ENDS", "LineFault", "ReadLine", "Reading", "RefusedLine", "line_blocks", "line_reader", "opened"]

_READERS: dict[RegisterFormat, LineReader] = {
    RegisterFormat.PLAIN: plain_line,
    RegisterFormat.CSV: table_line,
    RegisterFormat.TPS: tps_line,
    RegisterFormat.US_DNC: north_american_line,
    RegisterFormat.CA_DNCL: north_american_line,
    RegisterFormat.IT_RPO: answer_line,
    RegisterFormat.SK_LIST: slovak_line,
    RegisterFormat.POSITIVE: positive_line,
}


def line_reader(reading: Reading, *, first: bytes) -> tuple[ReadLine, bool]:
    """Give what reads the lines of a file, and whether the first of them is a header; `first` is that one.

    :raises BadColumns: when the header is not that of such a file.
    :raises NoChangeList: when the file is said to be a change list, and the format has none.
    """
    read = change_line if reading.is_change_list else _READERS[reading.register.format]
    return read(reading, first)
