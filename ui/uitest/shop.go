package uitest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui"
)

// Noon is when tests begin.
var Noon = time.Date(2026, 11, 22, 14, 2, 11, 4_000_000, time.UTC)

// A Shop is a workbench on a small project with a function for each kind of
// outcome, and a real store.
type Shop struct {
	*Driver
	Target *Target
	Store  *history.Store
	Dir    string // of the project; its folder events holds saved events
}

// OrderEvent is the saved event of the shop's orders function.
const OrderEvent = `{
  "detail-type": "OrderCreated",
  "source": "shop.orders",
  "detail": {
    "orderId": "o-1042",
    "total": 129.90,
    "currency": "EUR",
    "lines": [
      { "sku": "A-77", "qty": 2 },
      { "sku": "B-03", "qty": 1 }
    ]
  }
}
`

// OrderAnswer is what the shop's orders function answers.
const OrderAnswer = `{"statusCode":201,"headers":{"content-type":"application/json"},"body":{"orderId":"o-1042","state":"ACCEPTED","lines":[{"sku":"A-77","qty":2},{"sku":"B-03","qty":1}],"etaMinutes":35,"coupon":null}}`

// Setup is what a test changes of a shop before it opens.
type Setup struct {
	Options ui.Options
	Target  func(*Target)
	Session func(*ui.Session)
	// Dirs are the folders of the store and of the project; "" for new ones.
	// Two shops with the same folders are two lambents on one store.
	DataDir, ProjectDir string
	NoStore             bool
	Clock               *Clock
}

// NewShop opens a shop in a window of a size.
func NewShop(t testing.TB, width, height int, setups ...func(*Setup)) *Shop {
	t.Helper()
	s := Setup{}
	for _, f := range setups {
		f(&s)
	}
	if s.Clock == nil {
		s.Clock = NewClock(Noon)
	}
	if s.DataDir == "" {
		s.DataDir = t.TempDir()
	}
	if s.ProjectDir == "" {
		s.ProjectDir = t.TempDir()
	}
	shop := &Shop{Target: NewTarget(s.Clock, "shop"), Dir: s.ProjectDir}
	shop.Target.info.Project = "/home/dev/shop"
	stock(shop.Target)
	if s.Target != nil {
		s.Target(shop.Target)
	}
	shop.saveOrderEvent(t)
	if !s.NoStore {
		store, err := history.Open(s.DataDir, history.Options{Now: s.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		shop.Store, shop.Target.Queue = store, store
	}
	s.Options.Open = func(context.Context) (*ui.Session, error) { return shop.session(&s), nil }
	if s.Options.Info.Kind == "" {
		s.Options.Info = shop.Target.Info()
	}
	shop.Driver = Start(t, s.Options, s.Clock, width, height)
	t.Cleanup(func() {
		shop.Close()
		if shop.Store != nil {
			_ = shop.Store.Close() // closed by the test already, in tests of a store that fails
		}
	})
	return shop
}

func (s *Shop) session(setup *Setup) *ui.Session {
	session := &ui.Session{Target: s.Target, Store: s.Store, EventsDir: s.Dir}
	if s.Store != nil {
		session.Target = s.Store.Recorder(s.Target)
	}
	if setup.Session != nil {
		setup.Session(session)
	}
	return session
}

func (s *Shop) saveOrderEvent(t testing.TB) {
	t.Helper()
	dir := filepath.Join(s.Dir, "events")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "orders-created.json"), []byte(OrderEvent), 0o600); err != nil {
		t.Fatal(err)
	}
}

// stock fills the shop with functions, one for each kind of outcome.
func stock(t *Target) {
	add := func(name, runtime string, timeout time.Duration, does Behaviour) {
		t.Add(invoke.Function{
			Name: name, Runtime: runtime, Handler: "index.handler", MemorySizeMB: 256, Timeout: timeout, PackageType: "Zip", Source: "template.yaml",
		}, does)
	}
	add("orders", "nodejs22.x", 3*time.Second, orders(t))
	add("payments", "python3.13", 3*time.Second, func(c *Call) (invoke.Result, error) {
		c.Running()
		if c.Wait(44*time.Millisecond) != nil {
			return c.Stopped()
		}
		return c.Fail(`{"errorType":"KeyError","errorMessage":"'lines'","requestId":"` + c.ID + `","stackTrace":["  File \"/var/task/app.py\", line 41, in handler\n    return total(event[\"lines\"])\n","  File \"/var/lang/lib/python3.13/importlib/__init__.py\", line 126, in import_module\n    return _bootstrap._gcd_import(name)\n"]}`)
	})
	add("slow", "provided.al2023", 10*time.Second, slow)
	add("throttled", "nodejs22.x", 3*time.Second, func(c *Call) (invoke.Result, error) {
		f := invoke.NewFailure("TooManyRequestsException", "Rate exceeded")
		f.Reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
		return c.Refuse(f)
	})
	add("timeout", "python3.13", 3*time.Second, func(c *Call) (invoke.Result, error) {
		c.Running()
		c.Log("waiting for the warehouse\n")
		if c.Wait(3*time.Second) != nil {
			return c.Stopped()
		}
		return c.Fail(`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + c.ID + ` Error: Task timed out after 3.00 seconds"}`)
	})
	t.Qualify("orders", invoke.Qualifier{Name: "live", Kind: invoke.KindAlias, Version: "2"})
	t.Qualify("orders", invoke.Qualifier{Name: "canary", Kind: invoke.KindAlias, Version: "1", Weights: map[string]float64{"1": 0.9, "2": 0.1}})
	t.Qualify("orders", invoke.Qualifier{Name: "1", Kind: invoke.KindVersion, Version: "1", Description: "first", PublishedAt: Noon.AddDate(0, 0, -9)})
	t.Qualify("orders", invoke.Qualifier{Name: "2", Kind: invoke.KindVersion, Version: "2", Description: "with stock check", PublishedAt: Noon.AddDate(0, 0, -2)})
	configureOrders(t)
}

// orders answers after 182 ms, the first time from a cold environment.
func orders(*Target) Behaviour {
	started := false
	return func(c *Call) (invoke.Result, error) {
		if !started || c.Request.Cold {
			started = true
			if c.Cold(41*time.Millisecond) != nil {
				return c.Stopped()
			}
		}
		c.Running()
		c.Log("2026-11-22T14:02:11.006Z\t" + c.ID + "\tINFO\torder received orderId=o-1042\n")
		if c.Wait(82*time.Millisecond) != nil {
			return c.Stopped()
		}
		c.Log("2026-11-22T14:02:11.090Z\t" + c.ID + "\tWARN\tsku B-03 low left=3\n")
		if c.Wait(100*time.Millisecond) != nil {
			return c.Stopped()
		}
		return c.Answer(OrderAnswer)
	}
}

// slow writes a line every 200 ms for four seconds.
func slow(c *Call) (invoke.Result, error) {
	c.Running()
	for i := range 20 {
		if c.Wait(200*time.Millisecond) != nil {
			return c.Stopped()
		}
		c.Log("step " + string(rune('a'+i)) + " of the slow work\n")
	}
	return c.Answer(`{"steps":20}`)
}
