# Runtime client for Ruby functions, carried by lambent (spec §2, §3.2, §5.3).
#
# Needs Ruby 2.7. HTTP is spoken over a plain socket: net/http costs more of a cold
# start than everything else here.

require "json"
require "socket"

# The Runtime API over one keep-alive connection, with one write per request.
class LambentRuntimeApi
  API = "/2018-06-01/runtime/"

  class Gone < StandardError; end
  class Refused < StandardError; end

  def initialize(address)
    @address = address
    host, port = address.split(":")
    @conn = TCPSocket.new(host, Integer(port))
    @conn.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
  end

  # Waits for an event; its headers, names in lower case, and its bytes.
  def next_event
    send("GET", "invocation/next")
    status, headers, body = answer
    raise Refused, "Failed to get the next invocation: #{status} #{body}" unless status == 200
    [headers, body]
  end

  def respond(id, body, content_type)
    report("invocation/#{id}/response", body, "Content-Type: #{content_type}\r\n")
  end

  def fail(id, body, type)
    report("invocation/#{id}/error", body, "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: #{token(type)}\r\n")
  end

  def fail_init(body, type)
    report("init/error", body, "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: #{token(type)}\r\n")
  end

  private

  # A class may have any name; a header may not.
  def token(name)
    name.gsub(/[^ -~]/, "?")
  end

  def report(path, body, fields)
    send("POST", path, body, fields)
    status, _, text = answer
    raise Refused, "Failed to post #{path}: #{status} #{text}" unless status == 202
  end

  def send(method, path, body = nil, fields = "")
    head = +"#{method} #{API}#{path} HTTP/1.1\r\nHost: #{@address}\r\nUser-Agent: lambent-ruby\r\n#{fields}"
    head << "Content-Length: #{body.bytesize}\r\n" if body
    head << "\r\n"
    begin
      @conn.write(body ? head.b + body.b : head)
    rescue SystemCallError
      # A server that refuses a body answers before it has read all of it.
    end
  end

  def answer
    status = Integer(line.split(" ", 3)[1])
    headers = {}
    until (text = line).empty?
      name, value = text.split(":", 2)
      headers[name.strip.downcase] = value.to_s.strip.force_encoding("UTF-8")
    end
    body = headers["transfer-encoding"].to_s.downcase == "chunked" ? chunks : exactly(headers["content-length"].to_i)
    [status, headers, body]
  end

  def chunks
    whole = +"".b
    loop do
      size = line.to_i(16)
      if size.zero?
        nil until line.empty?
        return whole
      end
      whole << exactly(size)
      exactly(2)
    end
  end

  def line
    text = @conn.gets("\r\n")
    raise Gone if text.nil?
    text.chomp("\r\n")
  rescue SystemCallError
    raise Gone
  end

  def exactly(size)
    return +"" if size.zero?
    text = @conn.read(size)
    raise Gone if text.nil? || text.bytesize < size
    text
  rescue SystemCallError
    raise Gone
  end
end

# What a handler is told about its invocation.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
              :memory_limit_in_mb, :function_version, :identity, :client_context, :deadline_ms, :tenant_id

  def initialize(headers)
    @aws_request_id = headers["lambda-runtime-aws-request-id"]
    @deadline_ms = headers["lambda-runtime-deadline-ms"].to_i
    @invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
    @tenant_id = headers["lambda-runtime-aws-tenant-id"]
    @log_group_name = ENV["AWS_LAMBDA_LOG_GROUP_NAME"]
    @log_stream_name = ENV["AWS_LAMBDA_LOG_STREAM_NAME"]
    @function_name = ENV["AWS_LAMBDA_FUNCTION_NAME"]
    @memory_limit_in_mb = ENV["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    @function_version = ENV["AWS_LAMBDA_FUNCTION_VERSION"]
    @client_context = parsed(headers["lambda-runtime-client-context"])
    @identity = parsed(headers["lambda-runtime-cognito-identity"])
  end

  def get_remaining_time_in_millis
    [@deadline_ms - (Time.now.to_f * 1000).to_i, 0].max
  end

  private

  def parsed(text)
    text.nil? || text.empty? ? nil : JSON.parse(text)
  end
end

module LambentBootstrap
  HERE = File.expand_path(__FILE__)

  module_function

  # The error document: Function<…> for what a handler raised, Init<…> before that.
  def failure(error, phase)
    trace = (error.backtrace || []).reject { |frame| frame.start_with?(HERE) }
    { "errorMessage" => text(error), "errorType" => "#{phase}<#{error.class.name || "Exception"}>", "stackTrace" => trace }
  end

  def text(error)
    error.message.to_s.encode("UTF-8", invalid: :replace, undef: :replace)
  rescue StandardError => second
    "the exception has no text: its message raised #{second.class.name}"
  end

  def log(text)
    $stderr.write(text + "\n")
    $stderr.flush
  rescue SystemCallError, IOError
    nil
  end

  # The handler of FILE.method, FILE.Class.method or FILE.Module::Class.method.
  def load_handler(setting)
    file, *path = setting.to_s.split(".")
    if path.empty? || path.length > 2
      raise ArgumentError, "Invalid handler #{setting}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD"
    end
    require File.join(ENV["LAMBDA_TASK_ROOT"] || Dir.pwd, file)
    name = path.pop.to_sym
    owner = path.empty? ? TOPLEVEL_BINDING.receiver : Object.const_get(path.first)
    unless owner.respond_to?(name, path.empty?)
      raise NameError, "undefined method '#{name}' for #{path.empty? ? "main" : path.first}"
    end
    owner.method(name)
  end

  def result(value)
    return [value.string, "application/unknown"] if defined?(StringIO) && value.is_a?(StringIO)
    return [value.read, "application/unknown"] if value.is_a?(IO)
    [JSON.generate(value), "application/json"]
  end

  def serve(api, handler)
    headers, body = api.next_event
    id = headers["lambda-runtime-aws-request-id"]
    ENV["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"]
    begin
      event = body.empty? ? nil : JSON.parse(body.force_encoding("UTF-8"))
      text, type = result(handler.call(event: event, context: LambdaContext.new(headers)))
    rescue StandardError, ScriptError, NoMemoryError, SystemStackError => error
      document = failure(error, "Function")
      log("Error raised from handler method\n" + JSON.generate(document))
      api.fail(id, JSON.generate(document), document["errorType"])
    else
      api.respond(id, text, type)
    end
  end

  def run
    $stdout.sync = true
    $stderr.sync = true
    api = LambentRuntimeApi.new(ENV.fetch("AWS_LAMBDA_RUNTIME_API"))
    root = ENV["LAMBDA_TASK_ROOT"] || Dir.pwd
    $LOAD_PATH.unshift(root)
    begin
      handler = load_handler(ENV["_HANDLER"])
    rescue StandardError, ScriptError => error
      document = failure(error, "Init")
      log("Init error when loading handler #{ENV["_HANDLER"]}\n" + JSON.generate(document))
      api.fail_init(JSON.generate(document), document["errorType"])
      exit(1)
    end
    loop { serve(api, handler) }
  rescue LambentRuntimeApi::Gone
    exit(1)
  rescue LambentRuntimeApi::Refused => error
    log(error.message)
    exit(1)
  end
end

LambentBootstrap.run
