// The Runtime API over a plain socket (spec §2), for bootstrap.cjs.
'use strict'

const net = require('node:net')

const API = '/2018-06-01/runtime/'

// ApiGone says that the Runtime API has closed the connection: the environment ends.
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

module.exports = { RuntimeApi, ApiGone, headerText }
