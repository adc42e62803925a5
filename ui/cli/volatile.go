package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/themes"
	"lambent/ui/settings"
)

// A volatileOptions is the flags of "lambent history volatile".
type volatileOptions struct {
	learn                bool
	keep, refuse, forget []string
	anyOrder             bool
	order                bool // anyOrder was given
}

func (a *app) volatileCommand() *cobra.Command {
	var o volatileOptions
	cmd := &cobra.Command{
		Use:   "volatile FUNCTION",
		Short: "List, learn and decide what comparisons leave out",
		Long: `List the places in a function's answers that are known to vary: ids, times, chance.
--learn compares runs of the same payload on the same version and proposes what
differed. Only what is kept is left out by replay --check and compare; what is refused
is not proposed again. --any-order says that the order of arrays in the function's
answers makes no difference; --any-order=false, that it does.`,
		Example: `  lambent history volatile orders --learn
  lambent history volatile orders --keep '$.items[*].id' --refuse '$.total'`,
		Args:              arguments("FUNCTION"),
		ValidArgsFunction: a.completeFunctions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.order = cmd.Flags().Changed("any-order")
			return a.with(cmd, NeedTarget|NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
				return a.volatile(ctx, session, s, args[0], o)
			})
		},
	}
	share(cmd, ofTarget...)
	f := cmd.Flags()
	f.BoolVar(&o.learn, "learn", false, "look through the newest runs and propose what varies")
	f.StringArrayVar(&o.keep, "keep", nil, "leave this path out of comparisons; repeatable")
	f.StringArrayVar(&o.refuse, "refuse", nil, "compare this path and do not propose it again; repeatable")
	f.StringArrayVar(&o.forget, "forget", nil, "take this path off the list; repeatable")
	f.BoolVar(&o.anyOrder, "any-order", false, "remember that the order of arrays makes no difference")
	return cmd
}

func (a *app) volatile(ctx context.Context, session *Session, s settings.Settings, function string, o volatileOptions) error {
	if name, bad := invoke.ParseName(function); bad == nil {
		function = name.Function
	}
	store, key := session.Store, history.KeyOf(session.Target.Info(), function)
	if o.learn {
		if _, err := store.LearnVolatile(ctx, key); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		flag  string
		paths []string
		do    func(path string) error
	}{
		{"--keep", o.keep, func(p string) error { return store.SetVolatile(ctx, key, p, history.VolatileKept) }},
		{"--refuse", o.refuse, func(p string) error { return store.SetVolatile(ctx, key, p, history.VolatileRefused) }},
		{"--forget", o.forget, func(p string) error { return store.ForgetVolatile(ctx, key, p) }},
	} {
		for _, text := range part.paths {
			path, err := jsondoc.ParsePath(text)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", part.flag, err))
			}
			err = part.do(invoke.PayloadPath(path))
			if errors.Is(err, history.ErrNotFound) {
				return notFound(fmt.Errorf("%s: %s has no volatile path %s", part.flag, function, invoke.PayloadPath(path)))
			}
			if err != nil {
				return err
			}
		}
	}
	if o.order {
		if err := store.SetAnyOrder(ctx, key, o.anyOrder); err != nil {
			return err
		}
	}
	return a.listVolatile(ctx, store, key, s.Output)
}

func (a *app) listVolatile(ctx context.Context, store *history.Store, key history.Key, output settings.Output) error {
	list, err := store.Volatile(ctx, key)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, v := range list {
		if output == settings.JSON {
			var o object
			o.text("path", v.Path)
			o.text("state", string(v.State))
			o.number("seen", int64(v.Seen))
			a.out.jsonLine(o.bytes())
			continue
		}
		rows = append(rows, []string{v.Path, string(v.State), strconv.Itoa(v.Seen)})
	}
	if output != settings.Text {
		return nil
	}
	if len(rows) > 0 {
		a.out.table([]string{"PATH", "STATE", ">SEEN"}, rows)
	} else {
		a.err.line(a.err.paint(themes.Muted, "Nothing is known to vary: --learn looks for it."))
	}
	anyOrder, err := store.AnyOrder(ctx, key)
	if anyOrder {
		a.err.line(a.err.paint(themes.Muted, "The order of arrays makes no difference."))
	}
	return err
}
