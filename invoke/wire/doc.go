// Package wire puts the Lambda API in front of a Target: what "lambent serve" serves.
//
// An application points its AWS SDK here and can't tell from an answer that it isn't
// Lambda. Decisions, with their reasons:
//
//   - HTTP is the standard library's. Whatever can reach a port will be thrown at it,
//     and its parser has been attacked for longer than one of ours would be. Header
//     names keep the letter case in which the service sends them (spec §1.5).
//   - The guard comes first, before routing and before a body is read: an exact list of
//     hosts stops DNS rebinding, and any header that only browsers send stops pages.
//     So a content type proves nothing and none is asked for: curl -d works.
//   - Signatures are not verified. Whoever may use the port may invoke. Where the port
//     can be reached from other machines a token is asked for; SDKs send it as
//     their access key id, which they put into every request readably.
//   - A caller that goes away does not stop its function, as on Lambda: the outcome is
//     recorded. Nothing runs before its payload has arrived as a whole.
//   - Bodies are received into one buffer of Content-Length and are refused unread when
//     that is over the limit. Every read and write has a deadline; when connections run
//     out, the one that has been waiting longest gives way.
//   - Every answer to a refusal is made from the catalogue: status, members, their
//     letter case. Nothing here knows an exception by name but those that the protocol
//     itself makes.
//   - Streams are event-stream messages of our own encoder, which tests hold against the SDK's.
//
// Facts about Lambda come from the specification ("spec §x"); what is inferred is
// marked so where it stands.
package wire
