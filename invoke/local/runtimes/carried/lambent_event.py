"""Events, results and the context of a handler, for bootstrap.py (spec §3.2, §5.1).

Events are read and results written by the C half of the json module without its
Python half, which takes as long to import as a whole interpreter to start. Whatever
the C half refuses is given to the json module, whose message then is the one that
Lambda's runtime shows.
"""

import os
import sys
import time


def ascii_only():
    """Runtimes before python3.12 write non-ASCII characters as escapes.

    The runtime asked for decides, not the interpreter that happens to be here.
    """
    asked = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("AWS_Lambda_python3.")[2]
    return int(asked) < 12 if asked.isdigit() else sys.version_info < (3, 12)


class Reading:
    """What the C scanner asks its decoder for: the json module's defaults."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {"-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__
    memo = {}


try:
    import _json

    scan = _json.make_scanner(Reading)
    _json.make_encoder, _json.encode_basestring, _json.encode_basestring_ascii
except (ImportError, AttributeError, TypeError):
    # The C half is an implementation detail: without it the json module serves.
    scan = None


def loads(raw):
    if scan is not None:
        try:
            text = raw.decode("utf-8").strip(" \t\r\n")
            value, end = scan(text, 0)
            if end == len(text):
                return value
        except Exception:
            # Some versions of the scanner lose the exception when the json module
            # is not loaded; which one it was does not matter.
            pass
    import json

    return json.loads(raw)


class Writing:
    """Writes one result as Lambda's runtime does: NaN allowed, Decimal as a number."""

    def __init__(self, only_ascii):
        self.only_ascii = only_ascii
        self.decimals = []
        self.mark = None

    def dumps(self, value):
        if scan is not None:
            quote = _json.encode_basestring_ascii if self.only_ascii else _json.encode_basestring
            encode = _json.make_encoder({}, self.default, quote, None, ": ", ", ", False, False, True)
            text = "".join(encode(value, 0))
        else:
            import json

            text = json.dumps(value, default=self.default, ensure_ascii=self.only_ascii)
        if not self.decimals:
            return text
        head, *rest = text.split('"' + self.mark)
        pieces = [head]
        for part in rest:
            index, _, part = part.partition('"')
            pieces += [self.decimals[int(index)], part]
        return "".join(pieces)

    def default(self, value):
        decimal = sys.modules.get("decimal")
        if decimal is not None and isinstance(value, decimal.Decimal):
            if value.is_nan():
                return float("nan")
            # The encoder can't write a number that is not an int or a float. A
            # random mark stands for it, so that no string of the function's is taken for one.
            self.mark = self.mark or os.urandom(16).hex() + "."
            self.decimals.append(str(value))
            return self.mark + str(len(self.decimals) - 1)
        raise TypeError("Object of type %s is not JSON serializable" % value.__class__.__name__)


def dumps(value, only_ascii=ascii_only()):
    return Writing(only_ascii).dumps(value)


class Unreadable(Exception):
    """A header with a part of the context holds no JSON object."""


class Client:
    def __init__(self, of):
        self.installation_id = of.get("installation_id")
        self.app_title = of.get("app_title")
        self.app_version_name = of.get("app_version_name")
        self.app_version_code = of.get("app_version_code")
        self.app_package_name = of.get("app_package_name")


class ClientContext:
    def __init__(self, of):
        self.custom = of.get("custom")
        self.env = of.get("env")
        client = of.get("client")
        self.client = Client(client) if client else None


class CognitoIdentity:
    def __init__(self, of):
        self.cognito_identity_id = of.get("cognitoIdentityId")
        self.cognito_identity_pool_id = of.get("cognitoIdentityPoolId")


class LambdaContext:
    """What a handler gets as its second argument (spec §3.2)."""

    def __init__(self, headers, write_log):
        self._write_log = write_log
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        client = header_json(headers, "lambda-runtime-client-context", "Client Context")
        self.client_context = ClientContext(client) if client is not None else None
        self.identity = CognitoIdentity(
            header_json(headers, "lambda-runtime-cognito-identity", "Cognito Identity") or {}
        )
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self):
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def log(self, msg):
        self._write_log(str(msg))

    def __repr__(self):
        return "%s([%s])" % (
            self.__class__.__name__,
            ",".join("%s=%s" % field for field in vars(self).items() if not field[0].startswith("_")),
        )


def header_json(headers, name, what):
    text = headers.get(name)
    if not text:
        return None
    try:
        value = loads(text.encode("utf-8"))
        if not isinstance(value, dict):
            raise ValueError("%s is not an object" % type(value).__name__)
        return value
    except Exception as error:
        raise Unreadable("Unable to parse %s JSON: %s" % (what, error)) from None
