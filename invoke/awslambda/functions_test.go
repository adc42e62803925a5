package awslambda

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
)

// page answers a listing of n entries, fifty a page, with the entry's JSON by its number.
func page(w http.ResponseWriter, r *http.Request, member string, n int, entry func(int) string) {
	first, _ := strconv.Atoi(r.URL.Query().Get("Marker"))
	var entries []string
	next := "null"
	for i := first; i < n; i++ {
		if i == first+50 {
			next = strconv.Quote(strconv.Itoa(i))
			break
		}
		entries = append(entries, entry(i))
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"%s":[%s],"NextMarker":%s}`, member, strings.Join(entries, ","), next)
}

const aConfiguration = `{"FunctionName":"orders","FunctionArn":"arn:aws:lambda:eu-central-1:210987654321:function:orders","Runtime":"python3.13",
	"Handler":"app.handler","Description":"takes orders","MemorySize":256,"Timeout":30,"PackageType":"Zip","Architectures":["arm64"],
	"LastModified":"2026-11-22T14:02:11.004+0000","Role":"arn:aws:iam::210987654321:role/orders","CodeSha256":"q83v","CodeSize":1234,
	"Layers":[{"Arn":"arn:aws:lambda:eu-central-1:210987654321:layer:deps:7"}],"LoggingConfig":{"LogFormat":"JSON","LogGroup":"/shop/orders"},
	"Environment":{"Variables":{"TABLE":"orders","DB_PASSWORD":"hunter2"}}%s}`

func aFunction() invoke.Function {
	return invoke.Function{
		Name: "orders", ARN: "arn:aws:lambda:eu-central-1:210987654321:function:orders", Runtime: "python3.13", Handler: "app.handler",
		Description: "takes orders", MemorySizeMB: 256, Timeout: 30 * time.Second, PackageType: "Zip", Architecture: "arm64",
		LastModified: time.Date(2026, 11, 22, 14, 2, 11, 4e6, time.UTC), Role: "arn:aws:iam::210987654321:role/orders",
		CodeSHA256: "q83v", CodeSizeB: 1234, Layers: []string{"arn:aws:lambda:eu-central-1:210987654321:layer:deps:7"},
		LogFormat: "JSON", Source: "aws",
		Environment: []invoke.Variable{{Name: "DB_PASSWORD", Value: "hunter2"}, {Name: "TABLE", Value: "orders"}},
	}
}

func TestTenThousandFunctionsComePageByPage(t *testing.T) {
	withKeys(t)
	const n = 10_000
	var pages atomic.Int32
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		pages.Add(1)
		page(w, r, "Functions", n, func(i int) string { return fmt.Sprintf(`{"FunctionName":"f%05d"}`, i) })
	})
	dir := filepath.Join(t.TempDir(), "aws")
	target := open(t, Options{EndpointURL: server.URL, CacheDir: dir})
	count := 0
	for f, err := range target.Functions(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("f%05d", count); f.Name != want {
			t.Fatalf("function %d is %s", count, f.Name)
		}
		if count == 0 && pages.Load() != 1 {
			t.Errorf("the first name came after %d pages", pages.Load())
		}
		count++
	}
	if count != n || pages.Load() != n/50 {
		t.Errorf("%d functions in %d pages", count, pages.Load())
	}
	again, at := open(t, Options{EndpointURL: server.URL, CacheDir: dir}).Remembered()
	if len(again) != n || time.Since(at) > time.Minute {
		t.Errorf("%d functions remembered at %s", len(again), at)
	}
	if elsewhere, _ := open(t, Options{EndpointURL: server.URL, CacheDir: dir, Region: "us-west-2"}).Remembered(); len(elsewhere) != 0 {
		t.Error("another region remembers them too")
	}
}

func TestListingStopsWhenNobodyListens(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page(w, r, "Functions", 200, func(i int) string { return fmt.Sprintf(`{"FunctionName":"f%d"}`, i) })
	})
	dir := t.TempDir()
	target := open(t, Options{EndpointURL: server.URL, CacheDir: dir})
	for range target.Functions(t.Context()) {
		break
	}
	if n := len(server.seen()); n != 1 {
		t.Errorf("%d requests", n)
	}
	if remembered, _ := target.Remembered(); len(remembered) != 0 {
		t.Error("a part of the list is remembered as if it were all")
	}
}

func TestFunctionIsReadWhole(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page(w, r, "Functions", 1, func(int) string { return fmt.Sprintf(aConfiguration, "") })
	})
	dir := filepath.Join(t.TempDir(), "aws")
	target := open(t, Options{EndpointURL: server.URL, CacheDir: dir})
	for f, err := range target.Functions(t.Context()) {
		if diff := cmp.Diff(aFunction(), f, sameTime); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Contains(string(text), "hunter2") || !strings.Contains(string(text), "DB_PASSWORD") {
		t.Errorf("the value of a variable is at rest, or its name isn't: %s", text)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := os.WriteFile(files[0], text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if remembered, _ := target.Remembered(); len(remembered) != 0 {
		t.Error("half a file is taken for a list")
	}
}

var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

func TestConfiguration(t *testing.T) {
	withKeys(t)
	mayAsk := true
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/configuration") && r.URL.Query().Get("Qualifier") == "live":
			fmt.Fprintf(w, aConfiguration, `,"State":"Inactive","StateReason":"The function is idle.","LastUpdateStatus":"Failed","LastUpdateStatusReason":"no such image"`)
		case strings.HasSuffix(r.URL.Path, "/concurrency") && mayAsk:
			fmt.Fprint(w, `{"ReservedConcurrentExecutions":0}`)
		case strings.HasSuffix(r.URL.Path, "/url") && r.URL.Query().Get("Qualifier") == "live" && mayAsk:
			fmt.Fprint(w, `{"InvokeMode":"RESPONSE_STREAM","FunctionUrl":"https://x.lambda-url.eu-central-1.on.aws/"}`)
		default:
			w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
			w.WriteHeader(403)
		}
	})
	target := open(t, Options{EndpointURL: server.URL})
	got, err := target.Configuration(t.Context(), "orders", "live")
	if err != nil {
		t.Fatal(err)
	}
	want, zero := invoke.Configuration{Function: aFunction(), LogGroup: "/shop/orders", LastUpdate: "Failed", LastUpdateReason: "no such image"}, 0
	want.InvokeMode = "RESPONSE_STREAM"
	want.State, want.StateReason, want.ReservedConcurrency = "Inactive", "The function is idle.", &zero
	want.Problems = []string{"The function is Inactive: The function is idle.", "The last update failed: no such image"}
	if diff := cmp.Diff(want, got, sameTime); diff != "" {
		t.Error(diff)
	}
	mayAsk = false
	if got, err = target.Configuration(t.Context(), "orders", "live"); err != nil || got.ReservedConcurrency != nil || got.InvokeMode != "" || got.ConcurrencyUnknown != "AccessDeniedException" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = target.Configuration(t.Context(), "orders", "other")
	if f := failureOf(t, err); f.Name != "AccessDeniedException" || f.ExitCode() != 5 {
		t.Errorf("%+v", f)
	}
}

func TestQualifiers(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/versions") {
			page(w, r, "Versions", 121, func(i int) string {
				if i == 0 {
					return `{"Version":"$LATEST","Description":"now","CodeSha256":"bGF0"}`
				}
				return fmt.Sprintf(`{"Version":"%d","Description":"d%d","CodeSha256":"c%d","LastModified":"2026-11-22T14:02:%02d.000+0000"}`, i, i, i, i%60)
			})
			return
		}
		page(w, r, "Aliases", 60, func(i int) string {
			if i == 0 {
				return `{"Name":"live","FunctionVersion":"119","Description":"what customers get","RoutingConfig":{"AdditionalVersionWeights":{"120":0.1}}}`
			}
			return fmt.Sprintf(`{"Name":"a%d","FunctionVersion":"%d"}`, i, i)
		})
	})
	got, err := open(t, Options{EndpointURL: server.URL}).Qualifiers(t.Context(), "orders:live")
	if err != nil || len(got) != 1+60+120 {
		t.Fatalf("%d qualifiers, %v", len(got), err)
	}
	for i, want := range map[int]invoke.Qualifier{
		0: {Name: "$LATEST", Kind: invoke.KindLatest, Version: "$LATEST", Description: "now", CodeSHA256: "bGF0"},
		1: {Name: "live", Kind: invoke.KindAlias, Version: "119", Description: "what customers get", Weights: map[string]float64{"119": 0.9, "120": 0.1}},
		2: {Name: "a1", Kind: invoke.KindAlias, Version: "1"},
		61: {Name: "120", Kind: invoke.KindVersion, Version: "120", Description: "d120", CodeSHA256: "c120",
			PublishedAt: time.Date(2026, 11, 22, 14, 2, 0, 0, time.UTC)},
		180: {Name: "1", Kind: invoke.KindVersion, Version: "1", Description: "d1", CodeSHA256: "c1",
			PublishedAt: time.Date(2026, 11, 22, 14, 2, 1, 0, time.UTC)},
	} {
		if diff := cmp.Diff(want, got[i], sameTime); diff != "" {
			t.Errorf("%d: %s", i, diff)
		}
	}
	for _, r := range server.seen() {
		if !strings.Contains(r.path, "/functions/orders/") {
			t.Errorf("asked for %s", r.path)
		}
	}
}

// The first qualifiers are there after one request, and nothing is asked for once nobody listens.
func TestQualifiersComePageByPage(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/versions") {
			page(w, r, "Versions", 5000, func(i int) string { return fmt.Sprintf(`{"Version":"%d"}`, i+1) })
			return
		}
		page(w, r, "Aliases", 1, func(int) string { return `{"Name":"live","FunctionVersion":"7"}` })
	})
	target := open(t, Options{EndpointURL: server.URL})
	var came []int
	for list, err := range target.QualifierPages(t.Context(), "orders") {
		if err != nil {
			t.Fatal(err)
		}
		if came = append(came, len(list)); len(came) == 3 {
			break
		}
		if n := len(server.seen()); n != len(came) {
			t.Errorf("page %d came after %d requests", len(came), n)
		}
	}
	if !slices.Equal(came, []int{1, 50, 50}) || len(server.seen()) != 3 {
		t.Errorf("%v in %d requests", came, len(server.seen()))
	}
}

// A listing that never ends, one with nonsense in it, and one that breaks off: an error each,
// after what came before it.
func TestHostileListings(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"Functions":[{"FunctionName":"ok\u001b]0;OWNED\u0007","Runtime":"nodejs99.x","LastModified":"not a date","CodeSize":-1},{},null],"NextMarker":"x"}`)
	})
	names, err := list(t, open(t, Options{EndpointURL: server.URL}))
	if f := failureOf(t, err); f.Name != invoke.UnreadableAnswer || len(server.seen()) != 2 {
		t.Errorf("%+v after %d pages", f, len(server.seen()))
	}
	if want := "ok\x1b]0;OWNED\a"; len(names) != 2 || names[0] != want {
		t.Errorf("%q", names)
	}

	answer, err := os.ReadFile("testdata/answers/list-functions-hostile.resp")
	if err != nil {
		t.Fatal(err)
	}
	raw := serveRaw(t, func(c net.Conn) { _, _ = c.Write(answer) })
	_, err = list(t, open(t, Options{EndpointURL: raw.url()}))
	if f := failureOf(t, err); f.Name != invoke.UnreadableAnswer || f.Ran != invoke.RanNo || strings.Contains(f.Message, "hunter2") {
		t.Errorf("%+v", f)
	}
}

// list lists the functions' names and the error that ended it.
func list(t *testing.T, target *Target) (names []string, err error) {
	t.Helper()
	for f, err := range target.Functions(t.Context()) {
		if err != nil {
			return names, err
		}
		names = append(names, f.Name)
	}
	return names, nil
}

func TestAListingThatFailsKeepsWhatCame(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("Marker") != "" {
			w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
			w.WriteHeader(403)
			return
		}
		page(w, r, "Functions", 60, func(i int) string { return fmt.Sprintf(`{"FunctionName":"f%d"}`, i) })
	})
	names, err := list(t, open(t, Options{EndpointURL: server.URL}))
	if f := failureOf(t, err); f.Name != "AccessDeniedException" || len(names) != 50 {
		t.Errorf("%+v after %d names", f, len(names))
	}
}

// What only reads may be asked again.
func TestListingIsAskedAgainAfterATrouble(t *testing.T) {
	withKeys(t)
	var asked atomic.Int32
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(503)
			return
		}
		page(w, r, "Functions", 1, func(int) string { return `{"FunctionName":"orders"}` })
	})
	names, err := list(t, open(t, Options{EndpointURL: server.URL}))
	if err != nil || len(names) != 1 || asked.Load() != 2 {
		t.Errorf("%q, %v, asked %d times", names, err, asked.Load())
	}
}

func TestAFunctionsTimeoutIsKnownOnceItHasBeenListed(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			page(w, r, "Functions", 1, func(int) string { return fmt.Sprintf(aConfiguration, "") })
			return
		}
		_ = json.NewEncoder(w).Encode("done")
	})
	target := open(t, Options{EndpointURL: server.URL})
	if _, err := list(t, target); err != nil {
		t.Fatal(err)
	}
	var limit time.Duration
	got, err := target.Invoke(t.Context(), invoke.Request{Function: "orders"}, func(p invoke.Progress) { limit = max(limit, p.Limit) })
	if err != nil || limit != 30*time.Second || got.FunctionARN != "arn:aws:lambda:eu-central-1:210987654321:function:orders" {
		t.Errorf("limit %s, ARN %q, %v", limit, got.FunctionARN, err)
	}
}

func TestIdentity(t *testing.T) {
	withKeys(t)
	refuse := false
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		if refuse {
			w.WriteHeader(403)
			fmt.Fprint(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error><RequestId>x</RequestId></ErrorResponse>`)
			return
		}
		fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::210987654321:assumed-role/dev/me</Arn><UserId>AROA:me</UserId><Account>210987654321</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	})
	target := open(t, Options{EndpointURL: server.URL})
	got, err := target.Identity(t.Context())
	if want := (invoke.Identity{Account: "210987654321", ARN: "arn:aws:sts::210987654321:assumed-role/dev/me", UserID: "AROA:me"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	refuse = true
	_, err = target.Identity(t.Context())
	if f := failureOf(t, err); f.Name != "ExpiredToken" || f.ExitCode() != 5 || !strings.Contains(f.Remedy, "AWS_SESSION_TOKEN") {
		t.Errorf("%+v", f)
	}
}
