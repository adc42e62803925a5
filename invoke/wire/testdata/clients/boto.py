"""Calls the endpoint as any program on boto3 does. Prints a line for each fact that does not hold."""
import base64, json, sys
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

client = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
                      aws_secret_access_key="secret", config=Config(retries={"total_max_attempts": 1}))
retrying = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
                        aws_secret_access_key="secret", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))


streams = hasattr(client, "invoke_with_response_stream")  # distributions carry a boto3 from before April 2023


def holds(what, fact, got=None):
    if not fact:
        print(what, repr(got))


r = client.invoke(FunctionName="echo", Payload=b'{"id": 12345678901234567890}', LogType="Tail")
holds("payload", (body := r["Payload"].read()) == b'{"id": 12345678901234567890}', body)
holds("members", r["StatusCode"] == 200 and r["ExecutedVersion"] == "$LATEST" and "FunctionError" not in r, r)
holds("log", base64.b64decode(r["LogResult"]).startswith(b"START RequestId: " + r["ResponseMetadata"]["RequestId"].encode()), r)
r = client.invoke(FunctionName="arn:aws:lambda:us-east-1:123456789012:function:fail:$LATEST")
holds("function error", r["FunctionError"] == "Unhandled" and json.load(r["Payload"])["errorType"] == "ValueError", r)
holds("event", client.invoke(FunctionName="echo", InvocationType="Event", Payload="{}")["StatusCode"] == 202)
holds("dry run", client.invoke(FunctionName="echo", InvocationType="DryRun")["StatusCode"] == 204)
if streams:
    r = client.invoke_with_response_stream(FunctionName="stream", Payload="{}")
    events = list(r["EventStream"])
    holds("stream", b"".join(e["PayloadChunk"]["Payload"] for e in events if "PayloadChunk" in e) == b"first second third", events)
    holds("stream end", "InvokeComplete" in events[-1], events)
names = [f["FunctionName"] for page in client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 3}) for f in page["Functions"]]
holds("paging", len(names) == len(set(names)) == int(sys.argv[2]), names)
holds("get function", client.get_function(FunctionName="echo")["Configuration"]["State"] == "Active")
holds("settings", client.get_account_settings()["AccountUsage"]["FunctionCount"] == int(sys.argv[2]))
for call, error, code in (
    (lambda: client.invoke(FunctionName="nothing"), client.exceptions.ResourceNotFoundException, "ResourceNotFoundException"),
    (lambda: client.invoke(FunctionName="echo", Payload=b"{"), client.exceptions.InvalidRequestContentException, "InvalidRequestContentException"),
    (lambda: client.invoke(FunctionName="more-0"), client.exceptions.KMSDisabledException, "KMSDisabledException"),
    (lambda: client.invoke(FunctionName="more-1"), client.exceptions.TooManyRequestsException, "TooManyRequestsException"),
    (lambda: client.invoke(FunctionName="echo", Payload=b'"' + b"x" * 6291456 + b'"'), ClientError, "RequestEntityTooLargeException"),
    (lambda: client.get_policy(FunctionName="echo"), ClientError, "UnknownOperationException"),
):
    try:
        call()
        print("no error", code)
    except error as e:
        holds("code", e.response["Error"]["Code"] == code and e.response["Error"]["Message"], e.response)
# Each exception arrives as the SDK's own class where it has one, as an answer and in the place of a stream.
classes = 0
for x in json.load(open(sys.argv[3])):
    for call in (client.invoke, client.invoke_with_response_stream if streams else client.invoke):
        try:
            call(FunctionName="null", Payload="{}")
            print("no error", x["Name"])
        except ClientError as e:
            own = getattr(client.exceptions, x["Name"], None) if x["Name"] in dir(client.exceptions) else None
            classes += own is not None
            error, meta = e.response["Error"], e.response["ResponseMetadata"]
            holds(x["Name"], type(e) is (own or ClientError) and error["Code"] == x["Name"] and error["Message"] and meta["HTTPStatusCode"] == x["Status"], e.response)
            holds(x["Name"] + " reason", e.response.get("Reason", "") == x["Reason"], e.response)
            holds(x["Name"] + " retry after", ("retryAfterSeconds" in e.response) == x["RetryAfter"], e.response)
            holds(x["Name"] + " request id", meta.get("RequestId"), meta)
holds("classes", classes >= 2 * 29, classes)  # all of the document but RequestTooLarge, which the wire calls otherwise
if streams:
    events = list(client.invoke_with_response_stream(FunctionName="stream-error", Payload="{}")["EventStream"])
    holds("a stream that fails", events[-1].get("InvokeComplete", {}).get("ErrorCode") == "Unhandled" and "too late" in events[-1]["InvokeComplete"]["ErrorDetails"], events)
version = client.publish_version(FunctionName="echo")
holds("publish", version["Version"] == "1" and version["CodeSize"] > 0 and version["Role"].startswith("arn:aws:iam::"), version)
for name in ("a", "b", "c"):
    client.create_alias(FunctionName="echo", Name=name, FunctionVersion="1")
names = [a["Name"] for page in client.get_paginator("list_aliases").paginate(FunctionName="echo", PaginationConfig={"PageSize": 2}) for a in page["Aliases"]]
holds("alias paging", names == ["a", "b", "c"], names)
versions = [v["Version"] for page in client.get_paginator("list_versions_by_function").paginate(FunctionName="echo", PaginationConfig={"PageSize": 1}) for v in page["Versions"]]
holds("version paging", versions == ["$LATEST", "1"], versions)
r = client.invoke(FunctionName="echo", Qualifier="a", Payload="7")
holds("alias", r["ExecutedVersion"] == "1" and r["Payload"].read() == b"7", r)
holds("delete alias", client.delete_alias(FunctionName="echo", Name="a")["ResponseMetadata"]["HTTPStatusCode"] == 204)
client.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=0)
try:
    client.invoke(FunctionName="echo")
    print("a function with no concurrency answered")
except client.exceptions.TooManyRequestsException as e:
    holds("reserved", e.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", e.response)
client.delete_function_concurrency(FunctionName="echo")
r = client.put_function_event_invoke_config(FunctionName="echo", MaximumRetryAttempts=1)
holds("event settings", r["FunctionArn"].endswith(":echo:$LATEST") and client.get_function_event_invoke_config(FunctionName="echo")["MaximumRetryAttempts"] == 1, r)
r = retrying.invoke(FunctionName="more-1", Payload="7")
holds("retried throttle", r["Payload"].read() == b"7" and r["ResponseMetadata"]["RetryAttempts"] == 1, r["ResponseMetadata"])
try:
    client.invoke(FunctionName="more-2")
    print("a connection that was cut gave an answer")
except ConnectionClosedError:
    pass
print("done")
