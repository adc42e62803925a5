// Runtime client for Node.js functions, carried by lambent (spec §2, §3.2, §5.2).
//
// A cold start is measured against the bare interpreter: this file is CommonJS
// because an ES module as the entry point costs some milliseconds more, and it
// speaks HTTP over a plain socket because node:http costs as much again. Handlers
// of either kind are loaded all the same.
//
// The runtime asked for (AWS_EXECUTION_ENV) decides between the two generations
// of Lambda's own client: up to nodejs22.x callbacks and context.done work, and
// uncaught errors are posted; from nodejs24.x callbacks are refused, a plain
// return value is the result, and an uncaught error just ends the process.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const util = require('node:util')
const { RuntimeApi, ApiGone, headerText } = require('./runtime_api.cjs')

const env = process.env
const asked = /^AWS_Lambda_nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV || '')
const generation = Number(asked ? asked[1] : process.versions.node.split('.')[0])
const callbacksWork = generation < 24

// The invocation under way, and the request id that log records carry: the id of
// the last event after its result is posted, undefined during init.
let current = null
let requestId
let tenantId

// --- Errors ------------------------------------------------------------------

// RuntimeFault is an error that the runtime words itself. Its name is part of
// the stack's first line, as in Lambda's client.
function fault (name, message) {
  class RuntimeFault extends Error {}
  RuntimeFault.prototype.name = 'Runtime.' + name
  return new RuntimeFault(message)
}

function isError (value) {
  return util.types.isNativeError(value) || Boolean(value && value.name && value.message && value.stack)
}

// errorDocument is the payload for what was thrown: keys and order of spec §5.2.
function errorDocument (error) {
  try {
    if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
    const escaped = (text) => String(text).replaceAll('\x7f', '%7F')
    return {
      errorType: escaped(error.name),
      errorMessage: escaped(error.message),
      trace: typeof error.stack === 'string' ? escaped(error.stack).split('\n') : []
    }
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack'
    }
  }
}

function resultText (value) {
  let text
  try {
    text = JSON.stringify(value)
  } catch {
    if (callbacksWork) throw new Error('Unable to stringify response body')
    throw fault('JSONStringifyError', 'Unable to stringify response body')
  }
  return text === undefined ? 'null' : text
}

// --- Log ---------------------------------------------------------------------

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const jsonLogs = env.AWS_LAMBDA_LOG_FORMAT === 'JSON'
const lowest = Math.max(0, levels.indexOf((env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()))

// writeLog writes at once, so that a record is in the log before whatever the
// function does next. Newlines stay as they are: Lambda's unframed output turns
// them into carriage returns, its log shows newlines.
function writeLog (text) {
  let data = Buffer.from(text)
  while (data.length > 0) {
    try {
      data = data.subarray(fs.writeSync(1, data))
    } catch (error) {
      if (error.code !== 'EAGAIN') return
    }
  }
}

function logRecord (level, parts) {
  if (levels.indexOf(level) < lowest) return
  const time = new Date().toISOString()
  const record = jsonLogs ? jsonRecord(time, level, parts) : `${time}\t${requestId}\t${level}\t${util.format(...parts)}`
  writeLog(record + '\n')
}

function jsonRecord (timestamp, level, parts) {
  const record = { timestamp, level, requestId }
  if (tenantId !== undefined) record.tenantId = tenantId
  if (parts.length === 1) {
    record.message = parts[0]
    try {
      return JSON.stringify(record, (key, value) => value instanceof Error ? jsonError(value) : value)
    } catch {
      record.message = util.format(parts[0])
      return JSON.stringify(record)
    }
  }
  record.message = util.format(...parts)
  const error = parts.find((part) => part instanceof Error)
  if (error) Object.assign(record, jsonError(error))
  return JSON.stringify(record)
}

function jsonError (error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
    ...error
  }
}

// logError never throws: what was thrown may break while it is described.
function logError (what, thrown) {
  let text
  try {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    if (jsonLogs) return logRecord('ERROR', [error])
    text = JSON.stringify(loggable(error))
  } catch {
    text = JSON.stringify(errorDocument(thrown))
  }
  logRecord('ERROR', [what, '\t' + text])
}

function loggable (error) {
  const fields = { errorType: error.name, errorMessage: error.message, code: error.code, ...error }
  if (typeof error.stack === 'string') fields.stack = error.stack.split('\n')
  return fields
}

function patchConsole () {
  const methods = { log: 'INFO', trace: 'TRACE', debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' }
  for (const [method, level] of Object.entries(methods)) {
    console[method] = (...parts) => logRecord(level, parts)
  }
}

// --- Handler -----------------------------------------------------------------

const streamingMark = Symbol('streaming handler')

globalThis.awslambda = {
  streamifyResponse (handler, options) {
    handler[streamingMark] = true
    if (options && options.highWaterMark !== undefined) handler.highWaterMark = options.highWaterMark
    return handler
  },
  HttpResponseStream: {
    // The prelude goes out with the first byte of the body, or with the end of a
    // stream that has none (spec §1.11).
    from (stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response')
      stream.prelude = Buffer.from(JSON.stringify(prelude) + '\0'.repeat(8))
      return stream
    }
  }
}

function inModulePackage (file) {
  for (let dir = path.dirname(file); ; dir = path.dirname(dir)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8')).type === 'module'
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return false
    }
    if (dir === path.dirname(dir)) return false
  }
}

function isFile (file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}

// loadModule finds the handler's file as Lambda does: without extension, then
// .js, .mjs, .cjs, then as a package of the function.
function loadModule (root, folder, name) {
  const base = path.resolve(root, folder, name)
  if (isFile(base)) return require(base)
  if (isFile(base + '.js')) return inModulePackage(base) ? loadESModule(base + '.js') : require(base + '.js')
  if (isFile(base + '.mjs')) return loadESModule(base + '.mjs')
  if (isFile(base + '.cjs')) return require(base + '.cjs')
  return require(require.resolve(name, { paths: [root, path.join(root, folder)] }))
}

// quietRequire tells whether require() takes ES modules here, and without a
// warning in the log. It is the faster way: import() starts a loader of its own.
function quietRequire () {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const since = { 20: 19, 22: 13, 23: 5 }[major] ?? (major >= 24 ? 0 : Infinity)
  return process.features.require_module === true && minor >= since
}

function loadESModule (file) {
  if (quietRequire()) {
    try {
      const module = require(file)
      // A module may name what require() gets instead of it.
      if (util.types.isModuleNamespaceObject(module)) return module
    } catch (error) {
      // Nothing of the module has run yet when it turns out to await something.
      if (error?.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
    }
  }
  return import(require('node:url').pathToFileURL(file).href)
}

async function loadHandler (root, setting) {
  if (setting.includes('..')) {
    throw fault('MalformedHandlerName', `'${setting}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`)
  }
  const base = path.basename(setting)
  const named = /^([^.]*)\.(.*)$/.exec(base)
  if (!named) throw fault('MalformedHandlerName', 'Bad handler')
  let module
  try {
    module = await loadModule(root, setting.slice(0, setting.length - base.length), named[1])
  } catch (error) {
    if (error instanceof SyntaxError) {
      const syntax = fault('UserCodeSyntaxError', String(error))
      syntax.stack = error.stack
      throw syntax
    }
    if (error && error.code === 'MODULE_NOT_FOUND') throw fault('ImportModuleError', String(error))
    throw error
  }
  const handler = named[2].split('.').reduce((value, key) => value && value[key], module)
  if (!handler) throw fault('HandlerNotFound', `${setting} is undefined or not exported`)
  if (typeof handler !== 'function') throw fault('HandlerNotFound', `${setting} is not a function`)
  if (!callbacksWork && !handler[streamingMark] && handler.length >= 3) {
    throw fault('CallbackHandlerDeprecated', 'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.')
  }
  return handler
}

// --- Invocation --------------------------------------------------------------

// An Invocation is one event on its way to exactly one result: whatever comes
// after the first is ignored.
class Invocation {
  constructor (api, { headers, body }) {
    this.api = api
    this.headers = headers
    this.body = body
    this.id = headers['lambda-runtime-aws-request-id']
    this.settled = false
    this.waits = true // callbackWaitsForEmptyEventLoop
    // What the result is when the event loop drains before there is one.
    this.whenIdle = () => this.succeed(null)
    this.done = new Promise((resolve, reject) => { this.finish = resolve; this.abort = reject })
  }

  context () {
    const headers = this.headers
    const deadline = Number(headers['lambda-runtime-deadline-ms'])
    const context = callbacksWork ? this.callbackMembers() : {}
    return Object.assign(context, {
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: headerJSON(headers, 'lambda-runtime-client-context'),
      identity: headerJSON(headers, 'lambda-runtime-cognito-identity'),
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      awsRequestId: this.id,
      tenantId: headers['lambda-runtime-aws-tenant-id'],
      getRemainingTimeInMillis: () => deadline - Date.now()
    })
  }

  callbackMembers () {
    const invocation = this
    return {
      get callbackWaitsForEmptyEventLoop () { return invocation.waits },
      set callbackWaitsForEmptyEventLoop (value) { invocation.waits = Boolean(value) },
      succeed: (result) => this.succeed(result),
      fail: (error) => this.fail(error ?? 'handled'),
      done: (error, result) => error ? this.fail(error) : this.succeed(result)
    }
  }

  callback (error, result) {
    if (error !== undefined && error !== null) this.fail(error)
    else if (this.waits) this.whenIdle = () => this.succeed(result)
    else this.succeed(result)
  }

  succeed (result) {
    if (this.settled) return
    let text
    try {
      text = resultText(result)
    } catch (error) {
      return this.fail(error)
    }
    this.settled = true
    this.api.respond(this.id, text).then(this.finish, this.abort)
  }

  fail (error) {
    if (this.settled) return
    this.settled = true
    logError('Invoke Error', error)
    this.api.fail(this.id, JSON.stringify(errorDocument(error))).then(this.finish, this.abort)
  }

  idle () {
    if (!this.settled) this.whenIdle()
  }

  // run calls the handler and resolves once its result is posted.
  run (handler) {
    try {
      const event = JSON.parse(this.body.toString())
      const callback = callbacksWork ? [(error, value) => this.callback(error, value)] : []
      const result = handler(event, this.context(), ...callback)
      if (result && typeof result.then === 'function') {
        this.whenIdle = () => this.fail(unsettled())
        result.then((value) => this.succeed(value), (error) => this.fail(error))
      } else if (!callbacksWork) {
        this.succeed(result)
      }
    } catch (error) {
      this.fail(error)
    }
    return this.done
  }
}

function unsettled () {
  return fault('NodeJsExit', 'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes')
}

function headerJSON (headers, name) {
  if (!headers[name]) return undefined
  try {
    return JSON.parse(headers[name])
  } catch (error) {
    throw new Error(`Cannot parse ${name.replace('lambda-runtime-', '')} as json: ${error}`)
  }
}

// streamingInvocation loads what only streaming handlers need.
function streamingInvocation () {
  return require('./streaming.cjs')({ Invocation, errorDocument, fault, unsettled, logError, headerText })
}

// --- Process -----------------------------------------------------------------

let ending = false

async function postAndExit (api, what, error, status) {
  logError(what, error)
  if (ending) return
  ending = true
  const failure = errorDocument(error)
  try {
    if (current && current.started && !current.settled) {
      current.fail(error)
      await current.done
    } else if (!api.waiting) {
      // While an answer is awaited there is nothing to report on, and the
      // connection is taken.
      await (current ? api.fail(current.id, JSON.stringify(failure)) : api.failInit(JSON.stringify(failure), failure.errorType))
    }
  } catch {
    // The exit status is all that is left to say.
  }
  process.exit(status)
}

function watchProcess (api) {
  process.on('beforeExit', () => { if (current) current.idle() })
  if (!callbacksWork) return
  process.on('uncaughtException', (error) => postAndExit(api, 'Uncaught Exception', error, 129))
  process.on('unhandledRejection', (reason) => {
    const error = fault('UnhandledPromiseRejection', String(reason))
    error.reason = reason instanceof Error ? loggable(reason) : reason
    error.promise = {}
    postAndExit(api, 'Unhandled Promise Rejection', error, 128)
  })
}

async function main () {
  const api = new RuntimeApi(env.AWS_LAMBDA_RUNTIME_API)
  api.socket.unref()
  patchConsole()
  watchProcess(api)
  let handler
  try {
    handler = await loadHandler(env.LAMBDA_TASK_ROOT || process.cwd(), env._HANDLER || '')
  } catch (error) {
    return postAndExit(api, callbacksWork ? 'Uncaught Exception' : 'Init Error', error, callbacksWork ? 129 : 1)
  }
  const Kind = handler[streamingMark] ? streamingInvocation() : Invocation
  for (;;) {
    const event = await api.next()
    current = new Kind(api, event)
    requestId = current.id
    tenantId = event.headers['lambda-runtime-aws-tenant-id']
    if (event.headers['lambda-runtime-trace-id']) env._X_AMZN_TRACE_ID = event.headers['lambda-runtime-trace-id']
    else delete env._X_AMZN_TRACE_ID
    await current.run(handler)
  }
}

main().catch((error) => {
  if (!(error instanceof ApiGone)) writeLog(error.message + '\n')
  process.exit(1)
})
