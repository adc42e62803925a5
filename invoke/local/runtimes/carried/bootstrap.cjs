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
const net = require('node:net')
const path = require('node:path')
const util = require('node:util')

const API = '/2018-06-01/runtime/'
const env = process.env
const asked = /^AWS_Lambda_nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV || '')
const generation = Number(asked ? asked[1] : process.versions.node.split('.')[0])
const callbacksWork = generation < 24

// The invocation under way, and the request id that log records carry: the id of
// the last event after its result is posted, undefined during init.
let current = null
let requestId
let tenantId

// --- Runtime API -------------------------------------------------------------

class ApiGone extends Error {}

// One keep-alive connection to the Runtime API. It keeps the process alive only
// while an answer is awaited, so that an idle event loop during an invocation is
// noticed (beforeExit).
class RuntimeApi {
  constructor (address) {
    this.address = address
    const colon = address.lastIndexOf(':')
    this.socket = net.connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true })
    this.socket.on('data', (data) => this.receive(data))
    this.socket.on('error', () => this.gone())
    this.socket.on('close', () => this.gone())
    this.waiting = null
    this.closed = false
    this.head = null // bytes of an answer's header that are here already
    this.reply = null // the answer whose body is being read
  }

  async next () {
    const { status, headers, body } = await this.call('GET', 'invocation/next', '', null)
    if (status !== 200) throw new Error(`Failed to get next invocation. Http response code: ${status}. ${body}`)
    return { headers, body }
  }

  respond (id, body) {
    const route = `invocation/${encodeURIComponent(id)}/response`
    return this.report('handler success response', route, 'Content-Type: application/json\r\n', body)
  }

  fail (id, body) {
    const route = `invocation/${encodeURIComponent(id)}/error`
    return this.report('handler error', route, 'Content-Type: application/json\r\n', body)
  }

  failInit (body, type) {
    const fields = `Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: ${headerText(type)}\r\n`
    return this.report('init error', 'init/error', fields, body)
  }

  async report (what, route, fields, body) {
    this.accepted(what, await this.call('POST', route, fields, body))
  }

  accepted (what, { status, body }) {
    if (status !== 202) throw new Error(`Failed to post ${what}. Http response code: ${status}. ${body}`)
  }

  call (method, route, fields, body) {
    const answer = this.answer()
    const length = body === null ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
    this.socket.cork()
    this.socket.write(this.requestHead(method, route, fields + length), 'latin1')
    if (body !== null) this.socket.write(body)
    this.socket.uncork()
    return answer
  }

  requestHead (method, route, fields) {
    return `${method} ${API}${route} HTTP/1.1\r\nHost: ${this.address}\r\nUser-Agent: lambent-nodejs\r\n${fields}\r\n`
  }

  // answer waits for the next answer on the connection.
  answer () {
    if (this.closed) return Promise.reject(new ApiGone())
    this.socket.ref()
    return new Promise((resolve, reject) => { this.waiting = { resolve, reject } })
  }

  gone () {
    this.closed = true
    if (this.waiting) this.waiting.reject(new ApiGone())
    this.waiting = null
  }

  receive (data) {
    while (data && data.length > 0) data = this.reply ? this.receiveBody(data) : this.receiveHead(data)
  }

  receiveHead (data) {
    this.head = this.head ? Buffer.concat([this.head, data]) : data
    const end = this.head.indexOf('\r\n\r\n')
    if (end < 0) return null
    const lines = this.head.toString('utf8', 0, end).split('\r\n')
    const rest = this.head.subarray(end + 4)
    const headers = {}
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(':')
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
    }
    this.head = null
    this.reply = {
      status: Number(lines[0].split(' ')[1]),
      headers,
      chunked: /chunked/i.test(headers['transfer-encoding'] || ''),
      body: Buffer.allocUnsafe(Number(headers['content-length']) || 0),
      filled: 0
    }
    if (this.reply.chunked) this.reply.body = Buffer.alloc(0)
    else if (this.reply.body.length === 0) this.deliver()
    return rest
  }

  receiveBody (data) {
    const reply = this.reply
    if (reply.chunked) return this.receiveChunks(data)
    const count = data.copy(reply.body, reply.filled)
    reply.filled += count
    if (reply.filled === reply.body.length) this.deliver()
    return data.subarray(count)
  }

  receiveChunks (data) {
    const reply = this.reply
    reply.body = Buffer.concat([reply.body, data])
    const parts = []
    for (let at = 0; ;) {
      const line = reply.body.indexOf('\r\n', at)
      if (line < 0) return null
      const size = parseInt(reply.body.toString('latin1', at, line), 16)
      const end = line + 2 + size + 2
      if (reply.body.length < end) return null
      if (size === 0) {
        const rest = reply.body.subarray(end)
        reply.body = Buffer.concat(parts)
        this.deliver()
        return rest
      }
      parts.push(reply.body.subarray(line + 2, line + 2 + size))
      at = end
    }
  }

  deliver () {
    const { reply, waiting } = this
    this.reply = null
    this.waiting = null
    this.socket.unref()
    if (waiting) waiting.resolve(reply)
  }
}

function headerText (text) {
  return String(text).replace(/[^\x20-\x7e]/g, '?')
}

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

function logError (what, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (jsonLogs) return logRecord('ERROR', [error])
  let text
  try {
    text = JSON.stringify(loggable(error))
  } catch {
    text = JSON.stringify(errorDocument(error))
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

// A StreamingInvocation answers in parts (spec §2.2). Until the first byte it can
// still fail like any other; after it an error goes into the trailers.
class StreamingInvocation extends Invocation {
  constructor (api, event) {
    super(api, event)
    this.started = false
    this.contentType = 'application/octet-stream'
    this.whenIdle = () => this.fail(unsettled())
  }

  run (handler) {
    try {
      const stream = this.openStream(handler.highWaterMark)
      const result = handler(JSON.parse(this.body.toString()), stream, this.context())
      if (!result || typeof result.then !== 'function') {
        // The text is ours; Lambda's is not recorded.
        throw fault('MalformedStreamingHandler', 'Streaming does not support non-async handlers.')
      }
      result.then(() => {}, (error) => this.fail(error))
    } catch (error) {
      this.fail(error)
    }
    return this.done
  }

  openStream (highWaterMark) {
    const { Writable } = require('node:stream')
    const invocation = this
    const stream = new Writable({
      highWaterMark,
      write (chunk, encoding, written) { invocation.write(stream, chunk, written) },
      final (ended) { invocation.end(stream, ended) }
    })
    stream.on('error', (error) => this.fail(error))
    stream.setContentType = (type) => {
      if (this.started) throw fault('InvalidStreamingOperation', 'Cannot set content-type, too late.')
      this.contentType = type
    }
    return stream
  }

  start (stream) {
    if (this.started) return
    this.started = true
    this.accepted = this.api.answer()
    this.accepted.catch(this.abort)
    // The connection must not keep the process alive while the handler is at work.
    this.api.socket.unref()
    this.api.socket.write(this.api.requestHead('POST', `invocation/${encodeURIComponent(this.id)}/response`,
      `Content-Type: ${headerText(this.contentType)}\r\n` +
      'Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n' +
      'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n'), 'latin1')
    if (stream && stream.prelude) this.chunk(stream.prelude)
  }

  chunk (data, written) {
    const { socket } = this.api
    socket.cork()
    socket.write(data.length.toString(16) + '\r\n', 'latin1')
    socket.write(data)
    socket.write('\r\n', 'latin1', written)
    socket.uncork()
  }

  write (stream, chunk, written) {
    if (this.settled) return written()
    this.start(stream)
    if (chunk.length === 0) return written()
    this.chunk(chunk, written)
  }

  end (stream, ended) {
    if (this.settled) return ended()
    this.start(stream)
    this.settled = true
    this.close('')
    ended()
  }

  close (trailers) {
    this.api.socket.ref()
    this.api.socket.write(`0\r\n${trailers}\r\n`, 'latin1')
    this.accepted.then((answer) => {
      this.api.accepted('handler success response', answer)
      this.finish()
    }).catch(this.abort)
  }

  fail (error) {
    if (this.settled || !this.started) return super.fail(error)
    this.settled = true
    logError('Invoke Error', error)
    const failure = errorDocument(error)
    const body = Buffer.from(JSON.stringify(failure)).toString('base64')
    this.close(`Lambda-Runtime-Function-Error-Type: ${headerText(failure.errorType)}\r\n` +
      `Lambda-Runtime-Function-Error-Body: ${body}\r\n`)
  }
}

// --- Process -----------------------------------------------------------------

async function postAndExit (api, what, error, status) {
  logError(what, error)
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
  const Kind = handler[streamingMark] ? StreamingInvocation : Invocation
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
