// Calls the endpoint as any program on the AWS SDK for JavaScript v3 does. Prints a line for each fact that does not hold.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const require = createRequire(process.argv[4]);
const sdk = require("@aws-sdk/client-lambda");
const { LambdaClient, InvokeCommand, InvokeWithResponseStreamCommand, paginateListFunctions, paginateListAliases, paginateListVersionsByFunction, PublishVersionCommand, CreateAliasCommand, DeleteAliasCommand, GetFunctionCommand, ResourceNotFoundException, TooManyRequestsException, KMSDisabledException } = sdk;

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
// Each exception arrives as the SDK's own class where it has one, as an answer and in the place of a stream.
let classes = 0;
for (const x of JSON.parse(readFileSync(process.argv[5], "utf8"))) {
  for (const Command of [InvokeCommand, InvokeWithResponseStreamCommand]) {
    try {
      await client.send(new Command({ FunctionName: "null", Payload: "{}" }));
      console.log("no error", x.Name);
    } catch (e) {
      const own = sdk[x.Name];
      if (own) classes++;
      holds(x.Name, (own ? e instanceof own : e instanceof sdk.LambdaServiceException) && e.name === x.Name && e.message !== "" && e.message !== "UnknownError", e);
      holds(x.Name + " status", e.$metadata.httpStatusCode === x.Status && e.$metadata.requestId, e.$metadata);
      holds(x.Name + " members", (e.Reason ?? "") === x.Reason && (e.retryAfterSeconds !== undefined) === x.RetryAfter, e);
      if (own) holds(x.Name + " fault", e.$fault === (x.Status < 500 ? "client" : "server"), e.$fault);
    }
  }
}
holds("classes", classes >= 2 * 35, classes);
r = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "stream-error", Payload: "{}" }));
let ending;
for await (const e of r.EventStream) if (e.InvokeComplete) ending = e.InvokeComplete;
holds("a stream that fails", ending?.ErrorCode === "Unhandled" && ending.ErrorDetails.includes("too late"), ending);
r = await client.send(new PublishVersionCommand({ FunctionName: "echo" }));
holds("publish", r.Version === "1" && r.CodeSize > 0 && r.Role.startsWith("arn:aws:iam::"), r);
for (const Name of ["a", "b", "c"]) await client.send(new CreateAliasCommand({ FunctionName: "echo", Name, FunctionVersion: "1" }));
const aliases = [], versions = [];
for await (const page of paginateListAliases({ client, pageSize: 2 }, { FunctionName: "echo" })) aliases.push(...page.Aliases.map((a) => a.Name));
for await (const page of paginateListVersionsByFunction({ client, pageSize: 1 }, { FunctionName: "echo" })) versions.push(...page.Versions.map((v) => v.Version));
holds("alias and version paging", aliases.join() === "a,b,c" && versions.join() === "$LATEST,1", [aliases, versions]);
r = await client.send(new InvokeCommand({ FunctionName: "echo", Qualifier: "a", Payload: "7" }));
holds("alias", r.ExecutedVersion === "1" && text(r.Payload) === "7", r);
await client.send(new DeleteAliasCommand({ FunctionName: "echo", Name: "a" }));
r = await client.send(new GetFunctionCommand({ FunctionName: "echo" }));
holds("get function", r.Configuration.State === "Active" && r.Configuration.CodeSha256.length === 44, r);
r = await new LambdaClient({ ...options, maxAttempts: 3 }).send(new InvokeCommand({ FunctionName: "more-1", Payload: "7" }));
holds("retried throttle", text(r.Payload) === "7" && r.$metadata.attempts === 2, r.$metadata);
console.log("done");
