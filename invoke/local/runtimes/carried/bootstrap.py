"""Runtime client for Python functions, carried by lambent (spec §2, §3.2, §5.1).

Needs Python 3.8. A cold start is measured against the bare interpreter, so
nothing is imported before the first /next that is not built in: HTTP is spoken
over a plain socket, what events need (lambent_event.py) is loaded while the first
one is awaited, and logging is configured (lambent_logs.py) at the moment the
function imports it.
"""

import os
import sys
import time
from importlib import import_module

import _socket

API = "/2018-06-01/runtime/"
FOLDER = os.path.dirname(os.path.abspath(__file__))

# The request id of the invocation under way, for log records; None during init.
request_id = None
tenant_id = None

JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"

LOAD_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. "
    "For functions using managed runtimes, runtime updates can be triggered by a function change, "
    "or can be applied automatically. To determine if the runtime has been updated, check the runtime "
    "version in the INIT_START log entry. If this error correlates with a change in the runtime version, "
    "you may be able to mitigate this error by temporarily rolling back to the previous runtime version. "
    "For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)


# --- Runtime API -----------------------------------------------------------


class ApiGone(Exception):
    """The Runtime API closed the connection: the environment is ending."""


class ApiRefused(Exception):
    """The Runtime API answered a report with something else than 202."""


class RuntimeApi:
    """One keep-alive connection to the Runtime API, with one write per request."""

    def __init__(self, address):
        self.address = address
        host, _, port = address.rpartition(":")
        self.conn = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.conn.connect((host, int(port)))
        self.conn.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.rest = b""

    def ask(self):
        """Ask for the next event, without waiting for it."""
        self.send("GET", "invocation/next")

    def event(self):
        """Wait for the event asked for; its headers (names in lower case) and its bytes."""
        status, headers, body = self.answer()
        if status != 200:
            raise ApiRefused("LAMBDA_RUNTIME Failed to get next invocation: " + describe(status, body))
        return headers, body

    def respond(self, invocation, body, content_type):
        path = "invocation/%s/response" % invocation
        self.report("handler success response", path, body, "Content-Type: %s\r\n" % content_type)

    def fail(self, invocation, body):
        path = "invocation/%s/error" % invocation
        self.report("handler error", path, body, "Content-Type: application/json\r\n")

    def fail_init(self, body, error_type):
        fields = "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: %s\r\n"
        # A class may have any name; a header may not.
        name = "".join(c if " " <= c <= "~" else "?" for c in error_type)
        self.report("init error", "init/error", body, fields % name)

    def report(self, what, path, body, fields):
        self.send("POST", path, body, fields)
        status, _, answer = self.answer()
        if status != 202:
            raise ApiRefused("Failed to post %s. Http response code: %s" % (what, describe(status, answer)))

    def send(self, method, path, body=b"", fields=""):
        head = "%s %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: lambent-python\r\n%s" % (
            method, API, path, self.address, fields,
        )
        if method == "POST":
            head += "Content-Length: %d\r\n" % len(body)
        head = head.encode("ascii") + b"\r\n"
        try:
            if len(body) < 65536:
                self.conn.sendall(head + body)
            else:
                self.conn.sendall(head)
                self.conn.sendall(body)
        except OSError:
            # A server that refuses a body answers before it has read all of it:
            # the reason is waiting to be read.
            pass

    def answer(self):
        head = self.until(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower().decode("latin-1")] = value.strip().decode("utf-8", "replace")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self.chunks()
        else:
            body = self.exactly(int(headers.get("content-length") or 0))
        return int(lines[0].split(b" ", 2)[1]), headers, body

    def chunks(self):
        parts = []
        while True:
            size = int(self.until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self.until(b"\r\n"):
                    pass
                return b"".join(parts)
            parts.append(self.exactly(size))
            self.exactly(2)

    def until(self, end):
        while True:
            found, separator, rest = self.rest.partition(end)
            if separator:
                self.rest = rest
                return found
            self.rest += self.receive()

    def exactly(self, size):
        if len(self.rest) >= size:
            found, self.rest = self.rest[:size], self.rest[size:]
            return found
        whole = bytearray(size)
        filled = len(self.rest)
        whole[:filled] = self.rest
        self.rest = b""
        view = memoryview(whole)
        while filled < size:
            try:
                count = self.conn.recv_into(view[filled:])
            except OSError:
                count = 0
            if count == 0:
                raise ApiGone()
            filled += count
        return whole

    def receive(self):
        try:
            data = self.conn.recv(65536)
        except OSError:
            data = b""
        if not data:
            raise ApiGone()
        return data


def describe(status, body):
    return "%s. %s" % (status, body.decode("utf-8", "replace").strip())


def encode(text):
    return text.encode("utf-8", "backslashreplace")


def beside(name):
    """Import another file of this folder, past the function's own modules."""
    if name in sys.modules:
        return sys.modules[name]
    sys.path.insert(0, FOLDER)
    try:
        return import_module(name)
    finally:
        sys.path.remove(FOLDER)


# --- Log -------------------------------------------------------------------


def write_log(text):
    """Write to the log, past whatever the function has made of sys.stdout."""
    data = encode(text)
    while data:
        try:
            data = data[os.write(1, data):]
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            return


def log_time(millis=True):
    now = time.time()
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return "%s.%03dZ" % (text, now % 1 * 1000) if millis else text + "Z"


def log_failure(failure):
    """The error record of an invocation or of init.

    Lines are joined by newlines, which is how CloudWatch shows the record; the
    carriage returns of Lambda's unframed output only keep them together there.
    """
    if JSON_LOGS:
        record = {"timestamp": log_time(False), "log_level": "ERROR"}
        record.update(failure)
        write_log(beside("lambent_event").dumps(record) + "\n")
        return
    lines = ["[ERROR] %s: %s" % (failure["errorType"], failure["errorMessage"])]
    if not failure["errorMessage"]:
        lines = ["[ERROR] " + failure["errorType"]]
    lines.append("Traceback (most recent call last):")
    for frame in failure["stackTrace"]:
        for line in frame.splitlines():
            body = line.lstrip(" ")
            indent = len(line) - len(body)
            lines.append("\u00a0" * (indent // 2 * 2) + " " * (indent % 2) + body)
    write_log("\n".join(lines) + "\n")


def log_load_warning():
    if "logging" in sys.modules:
        sys.modules["logging"].warning(LOAD_WARNING)
    elif JSON_LOGS:
        record = {"timestamp": log_time(False), "level": "WARNING", "message": LOAD_WARNING, "logger": "root"}
        write_log(beside("lambent_event").dumps(record) + "\n")
    else:
        write_log("[WARNING]\t%s\t\t%s\n" % (log_time(), LOAD_WARNING))


def configure_logging(logging):
    beside("lambent_logs").configure(logging, sys.modules["__main__"], beside("lambent_event"))


class LoggingHook:
    """Configures logging when it is imported, however late that is."""

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                break
        else:
            return None
        load = spec.loader.exec_module

        def load_and_configure(module):
            load(module)
            configure_logging(module)

        spec.loader.exec_module = load_and_configure
        return spec


# --- Failures --------------------------------------------------------------


class Fault(Exception):
    """A failure that the runtime words itself."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.failure = (kind, message, list(trace))


def failure_of(error, invocation):
    """The error document for what was raised: keys and order of spec §5.1."""
    if isinstance(error, Fault):
        kind, message, trace = error.failure
    else:
        kind, message, trace = type(error).__name__, text_of(error), own_frames(error.__traceback__)
    return {"errorMessage": message, "errorType": kind, "requestId": invocation or "", "stackTrace": trace}


def text_of(error):
    try:
        return str(error)
    except Exception as second:
        return "the exception has no text: its __str__ raised " + type(second).__name__


def own_frames(trace):
    """The stack trace without the frames of this file that lead to the function."""
    try:
        import traceback
    except Exception:
        # A function that has run out of files, say, still has its error told.
        return []
    frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(trace)]
    # Not __file__: that is the byte code's.
    while frames and frames[0][0] == own_frames.__code__.co_filename:
        del frames[0]
    return traceback.format_list(frames)


# --- Handler ---------------------------------------------------------------


def load_handler(name):
    """The function that the handler setting names, or a Fault that says why there is none."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error)) from None
    dotted = module_name.replace("/", ".")
    if dotted in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = import_module(dotted)
    except ImportError as error:
        message = "Unable to import module '%s': %s" % (module_name, error)
        raise Fault("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        message = "Syntax error in module '%s': %s" % (module_name, error)
        raise Fault("Runtime.UserCodeSyntaxError", message, [where]) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise Fault("Runtime.HandlerNotFound", message) from None


def read_event(headers, body):
    if headers.get("content-type", "application/json").partition(";")[0].strip() != "application/json":
        return bytes(body)
    try:
        return beside("lambent_event").loads(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from None


def write_result(result):
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return beside("lambent_event").dumps(result).encode("utf-8"), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from None


def make_context(headers):
    lambent_event = beside("lambent_event")
    try:
        return lambent_event.LambdaContext(headers, write_log)
    except lambent_event.Unreadable as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", str(error)) from None


def serve_one(api, handler):
    global request_id, tenant_id
    headers, body = api.event()
    request_id = headers["lambda-runtime-aws-request-id"]
    tenant_id = headers.get("lambda-runtime-aws-tenant-id")
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        context = make_context(headers)
        answer, content_type = write_result(handler(read_event(headers, body), context))
    except Exception as error:
        failure = failure_of(error, request_id)
        log_failure(failure)
        api.fail(request_id, encode(beside("lambent_event").dumps(failure)))
    else:
        api.respond(request_id, answer, content_type)


def main():
    task_root = os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()
    if sys.path and sys.path[0] == FOLDER:
        del sys.path[0]
    sys.path.insert(0, task_root)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if "logging" in sys.modules:
        configure_logging(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, LoggingHook())
    try:
        handler = load_handler(os.environ.get("_HANDLER", ""))
    except Exception as error:
        failure = failure_of(error, "")
        log_load_warning()
        log_failure(failure)
        api.fail_init(encode(beside("lambent_event").dumps(failure)), failure["errorType"])
        return 1
    api.ask()
    # The request is under way: what the first event needs is made ready meanwhile.
    beside("lambent_event")
    while True:
        serve_one(api, handler)
        api.ask()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ApiGone:
        sys.exit(1)
    except ApiRefused as error:
        write_log("%s\n" % error)
        sys.exit(1)
