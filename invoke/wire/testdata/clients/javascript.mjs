// Calls the endpoint as any program on the AWS SDK for JavaScript v3 does. Prints a line for each fact that does not hold.
import { createRequire } from "node:module";
const require = createRequire(process.argv[4]);
const { LambdaClient, InvokeCommand, InvokeWithResponseStreamCommand, paginateListFunctions, ResourceNotFoundException, TooManyRequestsException, KMSDisabledException } = require("@aws-sdk/client-lambda");

const options = { endpoint: process.argv[2], region: "us-east-1", credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" } };
const client = new LambdaClient({ ...options, maxAttempts: 1 });
const holds = (what, fact, got) => { if (!fact) console.log(what, got); };
const text = (bytes) => new TextDecoder().decode(bytes);

let r = await client.send(new InvokeCommand({ FunctionName: "echo", Payload: '{"id": 12345678901234567890}', LogType: "Tail" }));
holds("payload", text(r.Payload) === '{"id": 12345678901234567890}', r);
holds("members", r.StatusCode === 200 && r.ExecutedVersion === "$LATEST" && r.FunctionError === undefined, r);
holds("log", Buffer.from(r.LogResult, "base64").toString().startsWith("START RequestId: " + r.$metadata.requestId), r);
r = await client.send(new InvokeCommand({ FunctionName: "fail" }));
holds("function error", r.FunctionError === "Unhandled" && JSON.parse(text(r.Payload)).errorType === "ValueError", r);
holds("event", (await client.send(new InvokeCommand({ FunctionName: "echo", InvocationType: "Event" }))).StatusCode === 202);
holds("dry run", (await client.send(new InvokeCommand({ FunctionName: "echo", InvocationType: "DryRun" }))).StatusCode === 204);
r = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "stream", Payload: "{}" }));
let streamed = "", complete = false;
for await (const e of r.EventStream) {
  if (e.PayloadChunk) streamed += text(e.PayloadChunk.Payload);
  if (e.InvokeComplete) complete = true;
}
holds("stream", streamed === "first second third" && complete, streamed);
const names = [];
for await (const page of paginateListFunctions({ client, pageSize: 3 }, {})) names.push(...page.Functions.map((f) => f.FunctionName));
holds("paging", new Set(names).size === names.length && names.length === Number(process.argv[3]), names);
for (const [FunctionName, error] of [["nothing", ResourceNotFoundException], ["more-0", KMSDisabledException], ["more-1", TooManyRequestsException]]) {
  try {
    await client.send(new InvokeCommand({ FunctionName }));
    console.log("no error from", FunctionName);
  } catch (e) {
    holds("class", e instanceof error && e.message !== "" && e.$metadata.requestId, e);
  }
}
r = await new LambdaClient({ ...options, maxAttempts: 3 }).send(new InvokeCommand({ FunctionName: "more-1", Payload: "7" }));
holds("retried throttle", text(r.Payload) === "7" && r.$metadata.attempts === 2, r.$metadata);
console.log("done");
