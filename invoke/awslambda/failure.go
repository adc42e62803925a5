package awslambda

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"lambent/invoke"
)

// skewLimit is the difference of clocks from which it is mentioned. Signatures are good for five minutes.
const skewLimit = 4 * time.Minute

// explain classifies what became of a call that brought no result.
func (t *Target) explain(ctx context.Context, err error, f *flight) *invoke.Failure {
	switch {
	case f.status != 0 && f.good():
		return t.unusable(ctx, err, f)
	case f.status != 0:
		return t.refusal(err, f)
	case ctx.Err() != nil:
		return cancelled(ctx, f)
	case f.silent.Load():
		return tooSilent(f)
	}
	return noAnswer(err, f)
}

// cancelled says that the caller gave up, and whether that was in time.
func cancelled(ctx context.Context, f *flight) *invoke.Failure {
	ran := f.ran()
	name, message := invoke.Cancelled, "cancelled before anything was sent"
	if ran == invoke.RanUnknown {
		message = "cancelled here; on AWS the function goes on if it has begun"
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		name, message = invoke.WaitLimitReached, "nothing had been sent when the waiting time was up"
		if ran == invoke.RanUnknown {
			message = "there was no answer when the waiting time was up"
		}
	}
	failure := invoke.ClientFailureOf(name, message, "", "", ran, ctx.Err())
	if ran == invoke.RanNo {
		failure.Remedy = "Nothing has run. Invoke again."
	}
	failure.Status = f.status
	return failure
}

// tooSilent says that lambent gave up, not the caller.
func tooSilent(f *flight) *invoke.Failure {
	failure := invoke.ClientFailureOf(invoke.WaitLimitReached, "nothing came for "+seconds(f.silence),
		"The connection stayed silent for longer than a function may run.", "", f.ran(), errSilence)
	failure.Status = f.status
	return failure
}

// unusable explains an answer that says success and is none.
func (t *Target) unusable(ctx context.Context, err error, f *flight) *invoke.Failure {
	var failure *invoke.Failure
	switch {
	case !f.isLambdas():
		failure = invoke.ClientFailureOf(invoke.UnreadableAnswer,
			fmt.Sprintf("the answer (%s) is %s, not Lambda's: %s", status(f), contentType(f.header), excerpt(f.body)), "", "", "", nil)
	case f.tooLong:
		size := "more"
		if f.length > 0 {
			size = strconv.FormatInt(f.length, 10)
		}
		failure = invoke.ClientFailureOf(invoke.UnreadableAnswer,
			fmt.Sprintf("the answer has %s bytes; %d are the most that Lambda sends", size, f.limit), "", "", "", nil)
	case f.cut != nil && ctx.Err() != nil:
		return cancelled(ctx, f)
	case f.cut != nil && f.silent.Load():
		return tooSilent(f)
	case f.cut != nil:
		failure = invoke.ClientFailureOf(invoke.ConnectionLost, "the connection broke in the middle of the answer: "+f.extent(), "", "", "", f.cut)
	default:
		failure = invoke.ClientFailureOf(invoke.UnreadableAnswer, "the answer can't be read: "+scrub(plain(err)), "", "", "", nil)
	}
	failure.Status = f.status
	return failure
}

// extent says how much of the body came.
func (f *flight) extent() string {
	if f.length < 0 {
		return fmt.Sprintf("%d bytes came", len(f.body))
	}
	return fmt.Sprintf("%d of %d bytes came", len(f.body), f.length)
}

// isLambdas reports whether the answer of success can be one of Lambda's. A sign-in page of
// a hotel is a 200 too: it is text/html and has no request id. So is the empty answer, or
// the 204, by which a network tells that it has no sign-in page: Lambda answers an
// invocation of type RequestResponse with 200, and with "null" where there is nothing.
func (f *flight) isLambdas() bool {
	if f.header.Get("X-Amzn-Requestid") != "" || f.header.Get("X-Amz-Executed-Version") != "" {
		return true
	}
	nothing := f.length == 0 || !f.stream && f.cut == nil && !f.tooLong && len(f.body) == 0
	if f.responds && (f.status != http.StatusOK || nothing) {
		return false
	}
	kind, _, _ := mime.ParseMediaType(f.header.Get("Content-Type"))
	return kind != "text/html" && kind != "application/xhtml+xml"
}

// refusal is the failure that an answer with an error status stands for.
func (t *Target) refusal(err error, f *flight) *invoke.Failure {
	d := readErrorDocument(err, f)
	var failure *invoke.Failure
	switch {
	case f.status < 400:
		failure = invoke.ClientFailureOf(invoke.UnreadableAnswer,
			fmt.Sprintf("the answer is a redirect (%s) to %s, which was not followed", status(f), excerpt([]byte(f.header.Get("Location")))), "", "", "", nil)
	case d.name == "" && d.foreign:
		failure = invoke.ClientFailureOf(invoke.UnreadableAnswer,
			fmt.Sprintf("the answer (%s) is not Lambda's: %s", status(f), excerpt(f.body)), "", "", "", nil)
		if f.status < 500 {
			failure.Ran = invoke.RanNo // whoever answered has refused the request
			failure.Remedy = "Check the endpoint URL and what stands between here and AWS."
		}
	default:
		failure = invoke.ServiceFailureOf(d.name, f.status, d.message)
	}
	failure.Status, failure.Type = f.status, d.kind
	if d.reason != "" {
		failure.WithReason(d.reason)
	}
	if wait, err := strconv.Atoi(f.header.Get("Retry-After")); err == nil && wait > 0 {
		failure.RetryAfter = time.Duration(wait) * time.Second
		failure.Remedy = strings.TrimSpace(failure.Remedy + fmt.Sprintf(" The service asks to wait %d s.", wait))
	}
	t.addSignIn(failure, f)
	return failure
}

// addSignIn says more about refusals of the caller: a clock that is wrong, or the command
// that brings new credentials.
func (t *Target) addSignIn(failure *invoke.Failure, f *flight) {
	if failure.Kind != invoke.ServiceFailure || failure.ExitCode() != notAllowed {
		return
	}
	date, err := http.ParseTime(f.header.Get("Date"))
	if skew := f.at.Sub(date); err == nil && skew.Abs() >= skewLimit {
		direction := "ahead of"
		if skew < 0 {
			direction = "behind"
		}
		failure.Cause = fmt.Sprintf("This machine's clock is %s %s the service's, and signatures are good for five minutes only.", span(skew.Abs()), direction)
		failure.Remedy = "Set the clock, and invoke again."
		return
	}
	if e, _ := invoke.Lookup(failure.Name); e.Name == expiredToken {
		if remedy, command := t.mend(); remedy != "" {
			failure.Remedy, failure.Command = remedy, command
		}
	}
}

// notAllowed is the exit status of refusals of the caller.
const notAllowed = 5

// span says a length of time in the unit that suits it.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

// An errorDocument is what the body and the headers of a refusal say (spec §1.7).
type errorDocument struct {
	name, message, reason, kind string
	foreign                     bool // there is a body, and it is not JSON
}

// readErrorDocument takes the name from the SDK, which knows where each protocol has it, and
// the members from the body, in either letter case.
func readErrorDocument(err error, f *flight) errorDocument {
	var d errorDocument
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "UnknownError" {
		d.name, d.message = api.ErrorCode(), api.ErrorMessage()
	}
	if header := f.header.Get("X-Amzn-Errortype"); d.name == "" && header != "" {
		d.name, _, _ = strings.Cut(header, ":")
		d.name = d.name[strings.LastIndexByte(d.name, '#')+1:]
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(f.body, &members) != nil {
		d.foreign = len(f.body) > 0 && d.name == ""
		if d.message == "" && d.name != "" && len(f.body) > 0 {
			d.message = excerpt(f.body) // better than nothing
		}
		return d
	}
	for name, member := range map[string]*string{"message": &d.message, "reason": &d.reason, "type": &d.kind} {
		for key, value := range members {
			var text string
			if strings.EqualFold(key, name) && json.Unmarshal(value, &text) == nil && text != "" {
				*member = text
			}
		}
	}
	var code string
	if json.Unmarshal(members["EC2ErrorCode"], &code) == nil && code != "" {
		d.reason = code // EC2UnexpectedException has no Reason; this is what it says instead
	}
	return d
}

func status(f *flight) string { return "HTTP " + strings.TrimSpace(f.reason) }

func contentType(h http.Header) string {
	if kind := h.Get("Content-Type"); kind != "" {
		return excerpt([]byte(kind))
	}
	return "of an unknown type"
}

// excerpt is the beginning of a foreign text, on one line.
func excerpt(b []byte) string {
	const most = 200
	cut := len(b) > most
	if cut {
		b = b[:most]
	}
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(b), string(utf8.RuneError))), " ")
	switch {
	case text == "":
		return "(empty)"
	case cut:
		return scrub(text) + " …"
	}
	return scrub(text)
}

// noAnswer explains a request that brought no answer at all.
func noAnswer(err error, f *flight) *invoke.Failure {
	ran, message := f.ran(), scrub(plain(err))
	var (
		proxy *proxyRefusal
		dns   *net.DNSError
		op    *net.OpError
	)
	switch {
	case errors.As(err, &proxy):
		return invoke.ClientFailureOf(invoke.Offline, message, "The proxy between here and the endpoint let the request not pass.",
			"Check HTTPS_PROXY and NO_PROXY, and the proxy's user and password.", invoke.RanNo, nil)
	case errors.Is(err, http.ErrSchemeMismatch):
		return invoke.ClientFailureOf(invoke.UnreadableAnswer, "the endpoint answers without TLS", "",
			"Check the endpoint URL (http:// or https://) and what stands between here and AWS. Nothing was sent.", invoke.RanNo, nil)
	case isCertificate(err):
		return invoke.ClientFailureOf(invoke.UntrustedCertificate, message, "", "", invoke.RanNo, nil)
	case errors.As(err, &dns):
		return invoke.ClientFailureOf(invoke.Offline, fmt.Sprintf("the name %s did not resolve", dns.Name), "", "", invoke.RanNo, nil)
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return invoke.ClientFailureOf(invoke.Offline, message, "The proxy can't be reached.", "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.", invoke.RanNo, nil)
	case errors.Is(err, syscall.ECONNREFUSED) && ran == invoke.RanNo:
		return invoke.ClientFailureOf(invoke.ConnectionRefused, message, "", "", invoke.RanNo, nil)
	case errors.As(err, &op) && op.Op == "dial":
		return invoke.ClientFailureOf(invoke.Offline, message, "", "", invoke.RanNo, nil)
	case !f.tried():
		return invoke.ClientFailureOf(invoke.ClientError, message, "", "", invoke.RanNo, nil)
	case f.heard() && !isCut(err):
		return invoke.ClientFailureOf(invoke.UnreadableAnswer, "what came back is not HTTP: "+message, "", "", ran, nil)
	case ran == invoke.RanNo:
		return invoke.ClientFailureOf(invoke.ConnectionLost, message, "The connection broke before all of the request was sent.",
			"Nothing has run. Invoke again.", invoke.RanNo, nil)
	}
	return invoke.ClientFailureOf(invoke.ConnectionLost, message, "", "", ran, nil)
}

// plain is the text of an error without what every error of a request begins with.
func plain(err error) string {
	if err == nil {
		return "no reason is known"
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	return err.Error()
}

// isCertificate reports whether the server's certificate is what is wrong.
func isCertificate(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		name         x509.HostnameError
		invalid      x509.CertificateInvalidError
		alert        tls.AlertError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &name) || errors.As(err, &invalid) || errors.As(err, &alert)
}

// isCut reports whether the connection ended, as opposed to bringing nonsense.
func isCut(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// isNetwork reports whether a request of the SDK's own could not be sent.
func isNetwork(err error) bool {
	var send *smithyhttp.RequestSendError
	return errors.As(err, &send)
}
