package history

import (
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"lambent/invoke"
)

// The details columns hold what neither the list nor a search by column needs,
// as JSON: members can be added without a change of the tables. The types here
// mirror those of package invoke, so that a change there is seen to be one here.

// text is a string of any bytes in JSON: one that is not UTF-8, which JSON can't
// carry, is written as {"bytes": base64}.
type text string

type textBytes struct {
	Bytes []byte `json:"bytes"`
}

func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(textBytes{[]byte(t)})
}

func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var raw textBytes
		err := json.Unmarshal(b, &raw)
		*t = text(raw.Bytes)
		return err
	}
	var s string
	err := json.Unmarshal(b, &s)
	*t = text(s)
	return err
}

func texts(in []string) []text {
	var out []text
	for _, s := range in {
		out = append(out, text(s))
	}
	return out
}

func stringsOf(in []text) []string {
	var out []string
	for _, t := range in {
		out = append(out, string(t))
	}
	return out
}

type details struct {
	Request requestDetails `json:"request"`
	Result  resultDetails  `json:"result"`
}

type requestDetails struct {
	Function      text `json:"function,omitempty"`
	Qualifier     text `json:"qualifier,omitempty"`
	Type          text `json:"type,omitempty"`
	LogType       text `json:"logType,omitempty"`
	ClientContext text `json:"clientContext,omitempty"`
	TenantID      text `json:"tenantId,omitempty"`
	Identity      text `json:"cognitoIdentity,omitempty"`
	TraceID       text `json:"traceId,omitempty"`
	DurableName   text `json:"durableName,omitempty"`
	Door          text `json:"door,omitempty"`
	SavedEvent    text `json:"savedEvent,omitempty"`
	Cold          bool `json:"cold,omitempty"`
	Stream        bool `json:"stream,omitempty"`
}

func detailsOfRequest(r invoke.Request) requestDetails {
	return requestDetails{
		Function: text(r.Function), Qualifier: text(r.Qualifier), Type: text(r.Type), LogType: text(r.LogType),
		ClientContext: text(r.ClientContext), TenantID: text(r.TenantID), Identity: text(r.CognitoIdentity), TraceID: text(r.TraceID),
		DurableName: text(r.DurableName), Door: text(r.Door), SavedEvent: text(r.SavedEvent), Cold: r.Cold, Stream: r.Stream,
	}
}

// request gives back the request, without its payload and the names of records.
func (d requestDetails) request() invoke.Request {
	return invoke.Request{
		Function: string(d.Function), Qualifier: string(d.Qualifier), Type: invoke.InvocationType(d.Type),
		LogType: invoke.LogType(d.LogType), ClientContext: string(d.ClientContext), TenantID: string(d.TenantID),
		CognitoIdentity: string(d.Identity), TraceID: string(d.TraceID), Door: invoke.Door(d.Door),
		DurableName: string(d.DurableName), SavedEvent: string(d.SavedEvent), Cold: d.Cold, Stream: d.Stream,
	}
}

type resultDetails struct {
	Status        int             `json:"status,omitempty"`
	Version       text            `json:"version,omitempty"`
	FunctionError text            `json:"functionError,omitempty"`
	RequestID     text            `json:"requestId,omitempty"`
	TraceID       text            `json:"traceId,omitempty"`
	DurableARN    text            `json:"durableArn,omitempty"`
	FunctionName  text            `json:"functionName,omitempty"`
	FunctionARN   text            `json:"functionArn,omitempty"`
	LogDropped    int64           `json:"logDropped,omitempty"`
	TailOfLog     *int            `json:"tailOfLog,omitempty"` // LogTail is so many bytes at the end of the log
	Notes         []text          `json:"notes,omitempty"`
	Report        *reportDetails  `json:"report,omitempty"`
	Failure       *failureDetails `json:"failure,omitempty"` // of the function
	Refusal       *failureDetails `json:"refusal,omitempty"` // of the call
}

func detailsOfResult(r invoke.Result, refusal *invoke.Failure, tailOfLog *int) resultDetails {
	return resultDetails{
		Status: r.StatusCode, Version: text(r.ExecutedVersion), FunctionError: text(r.FunctionError),
		RequestID: text(r.RequestID), TraceID: text(r.TraceID), DurableARN: text(r.DurableARN), FunctionName: text(r.FunctionName),
		FunctionARN: text(r.FunctionARN), LogDropped: r.LogDropped, TailOfLog: tailOfLog, Notes: texts(r.Notes),
		Report: detailsOfReport(r.Report), Failure: detailsOfFailure(r.Failure), Refusal: detailsOfFailure(refusal),
	}
}

// result gives back the result, without bodies, times and the names of records.
func (d resultDetails) result() invoke.Result {
	return invoke.Result{
		StatusCode: d.Status, ExecutedVersion: string(d.Version), FunctionError: string(d.FunctionError),
		RequestID: string(d.RequestID), TraceID: string(d.TraceID), DurableARN: string(d.DurableARN), FunctionName: string(d.FunctionName),
		FunctionARN: string(d.FunctionARN), LogDropped: d.LogDropped, Notes: stringsOf(d.Notes),
		Report: d.Report.report(), Failure: d.Failure.failure(),
	}
}

type reportDetails struct {
	RequestID  text          `json:"requestId,omitempty"`
	Duration   time.Duration `json:"duration,omitempty"`
	Billed     time.Duration `json:"billed,omitempty"`
	Memory     int           `json:"memory,omitempty"`
	MaxMemory  int           `json:"maxMemory,omitempty"`
	Init       time.Duration `json:"init,omitempty"`
	Restore    time.Duration `json:"restore,omitempty"`
	BilledRest time.Duration `json:"billedRestore,omitempty"`
	Status     text          `json:"status,omitempty"`
	ErrorType  text          `json:"errorType,omitempty"`
	TraceID    text          `json:"traceId,omitempty"`
}

func detailsOfReport(r *invoke.Report) *reportDetails {
	if r == nil {
		return nil
	}
	return &reportDetails{
		RequestID: text(r.RequestID), Duration: r.Duration, Billed: r.BilledDuration, Memory: r.MemorySizeMB,
		MaxMemory: r.MaxMemoryUsedMB, Init: r.InitDuration, Restore: r.RestoreDuration, BilledRest: r.BilledRestore,
		Status: text(r.Status), ErrorType: text(r.ErrorType), TraceID: text(r.TraceID),
	}
}

func (d *reportDetails) report() *invoke.Report {
	if d == nil {
		return nil
	}
	return &invoke.Report{
		RequestID: string(d.RequestID), Duration: d.Duration, BilledDuration: d.Billed, MemorySizeMB: d.Memory,
		MaxMemoryUsedMB: d.MaxMemory, InitDuration: d.Init, RestoreDuration: d.Restore, BilledRestore: d.BilledRest,
		Status: string(d.Status), ErrorType: string(d.ErrorType), TraceID: string(d.TraceID),
	}
}

type failureDetails struct {
	Kind        text           `json:"kind,omitempty"`
	Name        text           `json:"name,omitempty"`
	Status      int            `json:"status,omitempty"`
	Reason      text           `json:"reason,omitempty"`
	Type        text           `json:"type,omitempty"`
	Fault       text           `json:"fault,omitempty"`
	Ran         text           `json:"ran,omitempty"`
	Retry       text           `json:"retry,omitempty"`
	Message     text           `json:"message,omitempty"`
	Cause       text           `json:"cause,omitempty"`
	Remedy      text           `json:"remedy,omitempty"`
	Command     text           `json:"command,omitempty"`
	Trace       []frameDetails `json:"trace,omitempty"`
	Suggestions []text         `json:"suggestions,omitempty"`
	RetryAfter  time.Duration  `json:"retryAfter,omitempty"`
	Err         *text          `json:"err,omitempty"`
}

type frameDetails struct {
	Function text `json:"function,omitempty"`
	File     text `json:"file,omitempty"`
	Line     int  `json:"line,omitempty"`
	Column   int  `json:"column,omitempty"`
	Text     text `json:"text,omitempty"`
	Own      bool `json:"own,omitempty"`
}

func detailsOfFailure(f *invoke.Failure) *failureDetails {
	if f == nil {
		return nil
	}
	d := &failureDetails{
		Kind: text(f.Kind), Name: text(f.Name), Status: f.Status, Reason: text(f.Reason), Type: text(f.Type),
		Fault: text(f.Fault), Ran: text(f.Ran), Retry: text(f.Retry), Message: text(f.Message), Cause: text(f.Cause),
		Remedy: text(f.Remedy), Command: text(f.Command), Suggestions: texts(f.Suggestions), RetryAfter: f.RetryAfter,
	}
	for _, t := range f.Trace {
		d.Trace = append(d.Trace, frameDetails{Function: text(t.Function), File: text(t.File), Line: t.Line,
			Column: t.Column, Text: text(t.Text), Own: t.Own})
	}
	if f.Err != nil {
		words := text(f.Err.Error())
		d.Err = &words
	}
	return d
}

// failure gives back the failure. Its Err has the words of the one that was
// recorded, not its identity: errors.Is holds only in the process it happened in.
func (d *failureDetails) failure() *invoke.Failure {
	if d == nil {
		return nil
	}
	f := &invoke.Failure{
		Kind: invoke.FailureKind(d.Kind), Name: string(d.Name), Status: d.Status, Reason: string(d.Reason),
		Type: string(d.Type), Fault: invoke.Fault(d.Fault), Ran: invoke.Ran(d.Ran), Retry: string(d.Retry),
		Message: string(d.Message), Cause: string(d.Cause), Remedy: string(d.Remedy), Command: string(d.Command), Suggestions: stringsOf(d.Suggestions), RetryAfter: d.RetryAfter,
	}
	for _, t := range d.Trace {
		f.Trace = append(f.Trace, invoke.Frame{Function: string(t.Function), File: string(t.File), Line: t.Line,
			Column: t.Column, Text: string(t.Text), Own: t.Own})
	}
	if d.Err != nil {
		f.Err = errors.New(string(*d.Err))
	}
	return f
}
