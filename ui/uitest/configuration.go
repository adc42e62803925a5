package uitest

import (
	"context"
	"slices"
	"time"

	"lambent/invoke"
)

// Configure changes how a version of a function is configured, "$LATEST" or a number.
func (t *Target) Configure(function, version string, change func(*invoke.Configuration)) {
	if t.configured == nil {
		t.configured = map[string][]func(*invoke.Configuration){}
	}
	key := function + ":" + version
	t.configured[key] = append(t.configured[key], change)
}

// Unqualify takes a qualifier of a function away.
func (t *Target) Unqualify(function, qualifier string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.qualifiers[function] = slices.DeleteFunc(t.qualifiers[function], func(q invoke.Qualifier) bool { return q.Name == qualifier })
}

// Configuration implements invoke.Describer.
func (t *Target) Configuration(ctx context.Context, function, qualifier string) (invoke.Configuration, error) {
	if t.SlowDescribing > 0 && !t.clock.Sleep(ctx, t.SlowDescribing) {
		return invoke.Configuration{}, ctx.Err()
	}
	if t.Fails != nil {
		return invoke.Configuration{}, t.Fails
	}
	if qualifier == "" {
		qualifier = invoke.Latest
	}
	i := slices.IndexFunc(t.functions, func(f invoke.Function) bool { return f.Name == function })
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.qualifiers[function]
	j := slices.IndexFunc(list, func(q invoke.Qualifier) bool { return q.Name == qualifier })
	if i < 0 || j < 0 {
		return invoke.Configuration{}, invoke.FunctionNotFound("arn:aws:lambda:" + Region + ":" + Account + ":function:" + function + ":" + qualifier)
	}
	c := invoke.Configuration{Function: t.functions[i], Version: list[j].Version, EphemeralStorageMB: 512}
	for _, q := range list {
		if q.Name == c.Version && q.Kind == invoke.KindVersion {
			c.LastModified, c.Description = q.PublishedAt, q.Description
		}
	}
	for _, change := range t.configured[function+":"+c.Version] {
		change(&c)
	}
	return c, nil
}

// configureOrders gives the versions of the orders function what tells them apart.
func configureOrders(t *Target) {
	const lastHash, firstHash = "d3N1bW1hcnkgb2YgdGhlIGNvZGUgYXMgaXQgaXMgbm93PT0=", "d3N1bW1hcnkgb2YgdGhlIGNvZGUgYXMgaXQgd2FzIG9uY2U="
	variables := func(values ...string) []invoke.Variable {
		var list []invoke.Variable
		for i := 0; i < len(values); i += 2 {
			list = append(list, invoke.Variable{Name: values[i], Value: values[i+1]})
		}
		return list
	}
	configure := func(version, hash string, size int64, memory int, environment []invoke.Variable) {
		t.Configure("orders", version, func(c *invoke.Configuration) {
			c.CodeSHA256, c.CodeSizeB, c.MemorySizeMB, c.Environment = hash, size, memory, environment
			c.Architecture, c.LogFormat, c.LogGroup = "arm64", "JSON", "/shop/orders"
		})
	}
	configure("1", firstHash, 18_204, 128, variables("TABLE", "orders", "DB_PASSWORD", "hunter2", "LEGACY", "1"))
	configure("2", lastHash, 20_480, 256, variables("TABLE", "orders", "DB_PASSWORD", "correct horse", "STOCK_URL", "https://stock.example"))
	configure(invoke.Latest, lastHash, 20_480, 256, variables("TABLE", "orders", "DB_PASSWORD", "correct horse", "STOCK_URL", "https://stock.example"))
	t.Configure("orders", invoke.Latest, func(c *invoke.Configuration) { c.LastModified = Noon.Add(-time.Hour) })
}
