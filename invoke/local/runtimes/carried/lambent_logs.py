"""Lambda's set-up of the logging module (spec §4.1, §5.1), for bootstrap.py."""

import json
import os
import time
import traceback


def configure(logging, runtime, event):
    """Give the root logger Lambda's handler, before the function can see it.

    runtime is the bootstrap: it writes the log and knows the invocation under way. event is lambent_event.
    """

    class Handler(logging.Handler):
        def emit(self, record):
            try:
                runtime.write_log(self.format(record))
            except Exception:
                self.handleError(record)

    class Filter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = runtime.request_id or ""
            record.tenant_id = runtime.tenant_id
            return True

    logging.Formatter.converter = time.gmtime
    handler = Handler()
    handler.addFilter(Filter())
    if runtime.JSON_LOGS:
        handler.setFormatter(json_formatter(logging, event))
    else:
        handler.setFormatter(logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
            "%Y-%m-%dT%H:%M:%S",
        ))
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level)
    if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        root.setLevel(level)


def json_formatter(logging, event):
    plain = set(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
    plain.update(("message", "asctime", "aws_request_id", "tenant_id"))

    class JsonFormatter(logging.Formatter):
        def format(self, record):
            fields = {
                "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                "requestId": record.aws_request_id or None,
                "tenantId": record.tenant_id,
            }
            if record.exc_info and record.exc_info[0]:
                kind, value, trace = record.exc_info
                fields["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
                fields["stackTrace"] = [line.rstrip() for line in traceback.format_tb(trace)]
                fields["errorType"] = kind.__name__
                fields["errorMessage"] = str(value)
            for name, value in vars(record).items():
                if name not in plain and name not in fields:
                    fields[name] = value
            fields = {name: value for name, value in fields.items() if value is not None}
            return json.dumps(fields, default=str, ensure_ascii=event.ascii_only()) + "\n"

    return JsonFormatter()
