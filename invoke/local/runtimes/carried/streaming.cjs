// Handlers made with awslambda.streamifyResponse (spec §2.2), for bootstrap.cjs.
'use strict'

// A StreamingInvocation answers in parts (spec §2.2). Until the first byte it can
// still fail like any other; after it an error goes into the trailers.
module.exports = ({ Invocation, errorDocument, fault, unsettled, logError, headerText }) => {
  return class StreamingInvocation extends Invocation {
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

    // context.succeed: once parts are out, only the end of the stream ends it.
    succeed (result) {
      if (!this.started) super.succeed(result)
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
}
