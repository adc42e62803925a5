package invoke

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxInjectedLatency is as long as a function may take (spec §1.2).
const maxInjectedLatency = 15 * time.Minute

// ParseFault reads FUNCTION=EXCEPTION[:REASON][@SHARE][=MESSAGE], for example
// "orders=TooManyRequestsException:ConcurrentInvocationLimitExceeded@0.2". FUNCTION is a
// bare name or *; the exception is any that the catalogue has with an HTTP status, by
// its name or an alias; the message is everything after the second equals sign. The
// error is one line for a person.
func ParseFault(s string) (InjectedFault, error) {
	fault, message, hasMessage := cutMessage(s)
	x, what, err := parseFault(fault)
	if err != nil {
		return InjectedFault{}, err
	}
	if x.Message = message; hasMessage && message == "" {
		return InjectedFault{}, fmt.Errorf("%q has no message after its second =", s)
	}
	if x.Function == "" {
		return InjectedFault{}, fmt.Errorf("%q names no function: write FUNCTION=EXCEPTION, with * for every function", s)
	}
	name, reason, hasReason := strings.Cut(what, ":")
	e, ok := Lookup(name)
	switch {
	case !ok:
		return InjectedFault{}, fmt.Errorf("there is no exception %q%s: lambent errors lists them", name, didYouMean(name, injectable()))
	case e.Kind != ServiceFailure || e.Status == 0:
		return InjectedFault{}, fmt.Errorf("%s is not an exception that the API answers: lambent errors lists those with an HTTP status", e.Name)
	}
	x.Name = e.Name
	if !hasReason {
		return x, nil
	}
	x.Reason = reason
	switch {
	case reason == "":
		return InjectedFault{}, fmt.Errorf("%q names no reason after the colon", s)
	case slices.Contains(e.Members, ec2ErrorCode):
	case len(e.Reasons) == 0:
		return InjectedFault{}, fmt.Errorf("%s has no reasons, and %q is one", e.Name, reason)
	case !slices.Contains(e.Reasons, reason):
		return InjectedFault{}, fmt.Errorf("%s has no reason %q%s: it has %s", e.Name, reason, didYouMean(reason, e.Reasons), strings.Join(e.Reasons, ", "))
	}
	return x, nil
}

// cutMessage takes off what follows the second equals sign.
func cutMessage(s string) (fault, message string, found bool) {
	function, rest, _ := strings.Cut(s, "=")
	what, message, found := strings.Cut(rest, "=")
	if !found {
		return s, "", false
	}
	return function + "=" + what, message, true
}

// ec2ErrorCode is the member of EC2UnexpectedException that says what EC2 answered.
const ec2ErrorCode = "EC2ErrorCode"

// ParseLatency reads [FUNCTION=]DURATION[@SHARE], for example "200ms" or "orders=1.5s@0.1".
func ParseLatency(s string) (InjectedFault, error) {
	x, what, err := parseFault(s)
	if err != nil {
		return InjectedFault{}, err
	}
	if x.Function == "" {
		x.Function = AnyFunction
	}
	x.Latency, err = time.ParseDuration(what)
	if err != nil || x.Latency <= 0 || x.Latency > maxInjectedLatency {
		return InjectedFault{}, fmt.Errorf("%q must be a time above 0, at most 15m, such as 200ms or 1.5s", what)
	}
	return x, nil
}

// ParseDrop reads [FUNCTION=]before|after[@SHARE].
func ParseDrop(s string) (InjectedFault, error) {
	x, what, err := parseFault(s)
	if err != nil {
		return InjectedFault{}, err
	}
	if x.Function == "" {
		x.Function = AnyFunction
	}
	switch x.Drop = Drop(what); x.Drop {
	case DropBefore, DropAfter:
		return x, nil
	}
	return InjectedFault{}, fmt.Errorf("%q must be before or after: is the connection cut before or after the function ran", what)
}

// parseFault takes the function and the share off a fault.
func parseFault(s string) (x InjectedFault, what string, err error) {
	x.Share, what = 1, s
	if function, rest, ok := strings.Cut(s, "="); ok {
		if function != AnyFunction && (!isBareName(function) || len(function) > maxFunctionName) {
			return x, "", fmt.Errorf("%q is no function name: write the bare name, or * for every function", function)
		}
		x.Function, what = function, rest
	}
	if before, share, ok := strings.Cut(what, "@"); ok {
		what = before
		x.Share, err = strconv.ParseFloat(share, 64)
		if err != nil || !(x.Share > 0 && x.Share <= 1) {
			return x, "", fmt.Errorf("the share %q must be a number above 0, at most 1: 0.2 is every fifth call on average", share)
		}
	}
	return x, what, nil
}

func didYouMean(name string, known []string) string {
	near := Suggest(name, known)
	if len(near) == 0 {
		return ""
	}
	return " (did you mean " + strings.Join(near, " or ") + "?)"
}

// injectable are the names that ParseFault takes.
func injectable() []string {
	var names []string
	for _, e := range Catalogue() {
		if e.Kind == ServiceFailure && e.Status != 0 {
			names = append(names, e.Name)
		}
	}
	return names
}
