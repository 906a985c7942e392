"""Log lines: one JSON object each, free of personal data and of the customers' secret links."""

import json
import logging
import re
from datetime import UTC, datetime

# A resolution link is a key to a case: its path never reaches a log.
SECRET_PATH = re.compile(r"/r/[^\s/?\"']+")
# PostgreSQL quotes the row's values in these lines of an error.
ROW_VALUES = re.compile(r"\n(DETAIL|LINE \d+|CONTEXT|\s*\^).*")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def clean(text: str) -> str:
    """`text` without secret paths and without the values of a refused row."""
    return ROW_VALUES.sub("", SECRET_PATH.sub("/r/…", text))
