// Package local is the built-in executor: it runs a project's functions on this
// machine as child processes that speak the Lambda Runtime API, and answers the
// Invoke API for them.
//
// Decisions, with their reasons:
//
//   - An execution environment is a folder of its own plus one runtime process at a
//     time. After a timeout, an exit or a crash only the process is replaced, so
//     that what the function left in its temporary folder survives, as on Lambda
//     (spec §3.4).
//   - Between lambent and a runtime stands a supervisor: lambent's own image,
//     subreaper of everything the function starts, which ends when the pipe from
//     lambent ends. It is the only thing that makes "no process is left behind" true
//     after kill -9. One is kept ready, because starting the image costs
//     milliseconds that a cold start should not pay.
//   - Every environment has a Runtime API listener of its own on a port that the
//     kernel picks; official runtime clients take host:port and nothing else. On
//     Linux a connection from a process outside the environment is refused.
//   - The Runtime API is written on plain sockets: one write per message, bodies read
//     into a buffer of Content-Length, the payload never copied or parsed on the way,
//     and the goroutine that invokes writes the event into the runtime's connection
//     itself.
//   - An invocation ends when the runtime asks for the next event, exits, or
//     its time is up (spec §2.4), and Invoke returns then: only then are the duration
//     and the log that the REPORT line and the history need known. Sequential
//     invocations therefore always find the environment free.
//   - External extensions are processes of the same tree, started before the runtime. An
//     init, and an invocation, last until the runtime and every extension concerned have
//     asked for their next event (spec §2.4, §2.5). Telemetry is not streamed to
//     them: a subscription is answered as the emulator answers it.
//   - Standard output and standard error share one pipe, so that lines keep the order
//     in which they were written. What was written before a response was posted is in
//     the pipe by then; the log is complete once the pipe has been read until it is
//     empty. Nothing waits for end of file, which a grandchild could hold off for ever.
//   - Freezing and the search for descendants are the supervisor's work and happen off
//     the invocation's path.
//   - Memory is the proportional set size of the process tree, sampled, with the
//     kernel's own high-water mark of the runtime process on top.
//   - What an asynchronous event comes to is settled in one step with what it sends to
//     destinations and dead-letter queues: the queue keeps those records, and queues the
//     event for a destination that is a function of the project. So a kill can neither
//     lose a delivery nor make it twice, and nothing leaves this machine.
//
// Facts about Lambda come from the specification ("spec §x"); what is inferred is
// marked so where it stands.
package local
