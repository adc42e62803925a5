// Command lambent is a terminal workbench for AWS Lambda.
//
// Main only wires: it decides what kind of process this is, opens the adapters
// that a command or the workbench asks for, and hands them over.
//
// One binary is four kinds of process. The first three are started by lambent
// itself, always from its own image, and are told apart before any flag is read:
// the supervisor of an execution environment, the bootstrap of a sample function,
// and the workbench below its guard. Everything else is a person's command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/awslambda"
	"lambent/invoke/local"
	"lambent/invoke/local/project"
	"lambent/invoke/local/samples"
	"lambent/invoke/wire"
	"lambent/ui"
	"lambent/ui/cli"
	"lambent/ui/guard"
	"lambent/ui/safetext"
	"lambent/ui/settings"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = ""

func main() {
	if local.IsSupervisor(os.Args) {
		os.Exit(local.Supervise())
	}
	if filepath.Base(os.Args[0]) == "bootstrap" && os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		os.Exit(samples.Bootstrap())
	}
	status := cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, cli.Deps{
		Version:   versionText(),
		Open:      openSession,
		Workbench: workbench,
		Serve:     serve,
		Keys:      keys,
	})
	if guard.IsChild(os.Args) {
		guard.Clean()
	}
	os.Exit(status)
}

// versionText is the version of a release, else what Go knows about the build.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case version != "":
		return version
	case ok && info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	}
	return "development build"
}

// image is the file to execute for a process of lambent's own. On Linux it is the
// running image itself: the file that "go run" built may be gone.
func image() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// openProject loads the project of the folder, or the sample project where there
// is no template and nobody asked for that folder.
func openProject(s settings.Settings) (*project.Project, error) {
	if opensSample(s) {
		return samples.Open(s.DataDir)
	}
	return project.LoadIn(s.Project, project.Surroundings{Region: s.LocalRegion()})
}

// sampleProject is what invoke.TargetInfo.Project says of the project that lambent carries.
const sampleProject = "sample"

func opensSample(s settings.Settings) bool {
	_, found := project.Find(s.Project)
	return s.Sample || !found && !s.ProjectSet
}

// A place is what a door works on: a target, its invocations recorded, and what
// has to be ended afterwards.
type place struct {
	bare       invoke.Target // as the adapter made it
	target     invoke.Target // recorded, where there is a store
	store      *history.Store
	historyOff error // why there is no store
	problems   []string
	events     string // the folder that holds saved events
	shared     string // the one that holds those of all projects
	redact     *invoke.Redactor
	log        *slog.Logger
	ends       endings
}

// openStore opens history, with a log for what happens beside the answers.
func (p *place) openStore(s settings.Settings) {
	o, err := cli.HistoryOptions(s)
	if err != nil {
		p.historyOff = err
		return
	}
	if p.redact, err = cli.Redactor(s); err != nil {
		p.historyOff = err
		return
	}
	o.OnError = func(err error) { p.log.Error("history", "error", err) }
	o.OnNotice = func(line string) { p.log.Info("history", "notice", line) }
	if p.store, p.historyOff = history.Open(s.DataDir, o); p.historyOff == nil {
		p.ends = append(p.ends, func(context.Context) error { return p.store.Close() })
	}
}

// openTarget opens what the settings say is invoked.
func (p *place) openTarget(s settings.Settings, runEvents bool) error {
	if s.Target == settings.AWS {
		return p.openAWS(s)
	}
	return p.openLocal(s, runEvents)
}

func (p *place) use(t invoke.Target, stop func(context.Context) error) {
	p.bare, p.target = t, p.record(t)
	p.ends = append(p.ends, stop)
}

func (p *place) record(t invoke.Target) invoke.Target {
	if p.store == nil {
		return t
	}
	return p.store.Recorder(t)
}

// injectFaults puts faults on demand before the target; history holds what they answer.
func (p *place) injectFaults() *invoke.Faults {
	faults := invoke.NewFaults(p.bare, invoke.FaultOptions{})
	p.target = p.record(faults)
	return faults
}

// openLocal starts the executor of the project.
func (p *place) openLocal(s settings.Settings, runEvents bool) error {
	loaded, err := openProject(s)
	if err != nil {
		return err
	}
	var queue invoke.Queue
	if p.store != nil {
		queue = p.store
	}
	executor, err := local.Open(local.Options{
		Project: loaded, DataDir: s.DataDir, Queue: queue, RunEvents: runEvents && !s.ReadOnly, EventClock: s.EventClock,
		Reload:      func() (*project.Project, error) { return openProject(s) },
		Region:      s.LocalRegion(),
		Concurrency: s.Local.Concurrency,
		NoStandby:   !s.Local.Standby,
		Paths:       local.Paths(s.Paths),
		Self:        image(),
		Log:         p.log,
	})
	if err != nil {
		return err
	}
	for _, problem := range loaded.Problems {
		p.problems = append(p.problems, problem.String())
	}
	p.events, p.shared = loaded.Dir, s.DataDir
	p.use(invoke.NewGate(executor, invoke.GateRules{ReadOnly: s.ReadOnly}), executor.Stop)
	return nil
}

// openAWS opens the AWS target. It asks nobody yet.
func (p *place) openAWS(s settings.Settings) error {
	target, err := awslambda.Open(context.Background(), awslambda.Options{
		Profile: s.Profile, Region: s.Region, EndpointURL: s.EndpointURL,
		CacheDir: filepath.Join(s.DataDir, "aws"), Log: p.log,
	})
	if err != nil {
		return err
	}
	p.events, p.shared = filepath.Join(s.DataDir, "aws"), s.DataDir
	p.use(invoke.NewGate(target, invoke.GateRules{ReadOnly: s.ReadOnly, Protected: s.Protects(target.Info().Profile)}), target.Stop)
	return nil
}

// openSession opens for a command what it needs.
func openSession(_ context.Context, s settings.Settings, need cli.Need) (*cli.Session, error) {
	p := newPlace(s)
	if need&cli.NeedHistory != 0 {
		if p.openStore(s); p.historyOff != nil {
			return nil, p.fail(p.historyOff)
		}
	}
	if need&cli.NeedTarget != 0 {
		if err := p.openTarget(s, false); err != nil {
			return nil, p.fail(err)
		}
	}
	return &cli.Session{Target: p.target, Store: p.store, Problems: p.problems, Close: p.ends.run}, nil
}

// serve answers the Lambda API. Every invocation is recorded before it is answered.
func serve(ctx context.Context, o cli.ServeOptions) error {
	defer o.Listener.Close()
	s := o.Settings
	p := newPlace(s)
	if p.openStore(s); p.historyOff != nil {
		return p.fail(p.historyOff)
	}
	if err := p.openTarget(s, true); err != nil {
		return p.fail(err)
	}
	if o.Upstream == cli.UpstreamRecorded {
		p.bare = &wire.Recorded{Describes: p.bare, Lookup: recorded(p.store, p.bare.Info())}
	}
	faults := p.injectFaults()
	for _, fault := range o.Faults {
		faults.Arm(fault)
	}
	server, err := p.endpoint(o)
	if err != nil {
		return p.fail(err)
	}
	o.Ready()
	err = server.Serve(ctx, o.Listener)
	return errors.Join(err, p.ends.run(context.WithoutCancel(ctx)))
}

// endpoint answers the Lambda API with the target.
func (p *place) endpoint(o cli.ServeOptions) (*wire.Server, error) {
	return wire.New(wire.Options{
		Target: p.target, Token: o.Token, AllowRemote: o.AllowRemote, AllowHosts: o.AllowHosts, Ran: o.Ran, Log: p.log,
	})
}

// recorded answers from history: what the newest call with the same payload answered.
func recorded(store *history.Store, where invoke.TargetInfo) wire.Lookup {
	return func(ctx context.Context, function, qualifier string, payload []byte) (invoke.Result, *invoke.Failure, bool, error) {
		entry, found, err := store.Answer(ctx, history.KeyOf(where, function), qualifier, payload)
		if err != nil || !found {
			return invoke.Result{}, nil, false, err
		}
		if entry.Result.FunctionError != "" {
			return entry.Result, nil, true, nil
		}
		return entry.Result, entry.Failure, true, nil
	}
}

// newPlace is an empty place with lambent's own log.
func newPlace(s settings.Settings) *place {
	file, err := s.OpenLog()
	if err != nil { // nothing fails for the lack of a log
		return &place{log: slog.New(slog.DiscardHandler)}
	}
	return &place{log: slog.New(slog.NewTextHandler(file, nil)), ends: endings{func(context.Context) error { return file.Close() }}}
}

// fail ends what was opened; err, which kept the rest from opening, says more than
// what may go wrong then.
func (p *place) fail(err error) error {
	_ = p.ends.run(context.Background())
	return err
}

// endings end what was opened, the last one first.
type endings []func(context.Context) error

func (e endings) run(ctx context.Context) error {
	var first error
	for i := len(e) - 1; i >= 0; i-- {
		if err := e[i](ctx); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// workbench runs the workbench below its guard: the first process becomes the
// guard, and the one that the guard starts draws.
func workbench(ctx context.Context, o cli.WorkbenchOptions) int {
	s := o.Settings
	if err := ui.CheckTerminal(os.Stdin, os.Stdout, os.Environ()); err != nil {
		return refuse(err)
	}
	log, err := s.OpenLog()
	if err == nil {
		defer log.Close()
	}
	if guard.Available && !guard.IsChild(os.Args) {
		return guard.Run(image(), os.Args[1:], log)
	}
	ctx, stop := guard.UntilEnded(ctx)
	defer stop()
	d, address := &desk{settings: s}, ""
	if o.Serve != nil {
		if err := d.listen(o); err != nil {
			return refuse(err)
		}
		defer d.close()
		address = d.serve.Listener.Addr().String()
	}
	err = ui.Run(ctx, ui.Options{
		Open:       func(context.Context) (*ui.Session, error) { return d.open(s) },
		Listening:  address,
		Info:       info(s),
		Targets:    func(context.Context) ([]ui.TargetChoice, error) { return targets(s), nil },
		OpenTarget: func(_ context.Context, c ui.TargetChoice) (*ui.Session, error) { return d.open(at(s, c.Info)) },
		Theme:      s.StartTheme(),
		Themes:     s.Themes(),
		KeepTheme:  s.KeepTheme,
		Keys:       s.Keys,
		NoMouse:    !s.UI.Mouse, FillBackground: s.UI.FillBackground,
		Prices:  cli.PriceTable(s),
		Version: versionText(),
		Environ: os.Environ(),
	})
	var ended *guard.EndedBy
	switch {
	case errors.As(err, &ended):
		return ended.ExitStatus()
	case err != nil:
		return refuse(err)
	}
	return cli.ExitDone
}

func refuse(err error) int {
	guard.Say("lambent: " + safetext.FromString(err.Error()).String())
	return cli.ExitUsage
}

// A desk opens what the workbench works on. What is served to others too stays open
// while another target is worked on, and is gone back to.
type desk struct {
	settings settings.Settings
	serve    *cli.ServeOptions // nil: nothing is served
	served   *place
	stop     context.CancelFunc
	done     chan error
}

// listen opens the port, before anything is drawn. Calls are answered once the target is open.
func (d *desk) listen(o cli.WorkbenchOptions) (err error) {
	d.serve = o.Serve
	d.serve.Listener, err = o.Listen()
	return err
}

// open opens a target. It works without history too, and says so.
func (d *desk) open(s settings.Settings) (*ui.Session, error) {
	if d.served != nil && info(s) == info(d.settings) {
		return d.served.session(), nil
	}
	if err := s.CheckFolders(); err != nil {
		return nil, err
	}
	p := newPlace(s)
	if p.openStore(s); p.historyOff != nil && d.serve != nil {
		return nil, p.fail(fmt.Errorf("what is served is in history before it is answered, and history is off: %w", p.historyOff))
	}
	if err := p.openTarget(s, true); err != nil {
		return nil, p.fail(err)
	}
	if s.Target == settings.Local {
		p.injectFaults()
	}
	session := p.session()
	if d.serve == nil || d.served != nil {
		session.Close = p.ends.run
		return session, nil
	}
	server, err := p.endpoint(*d.serve)
	if err != nil {
		return nil, p.fail(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	d.served, d.stop, d.done = p, stop, make(chan error, 1)
	go func() { d.done <- server.Serve(ctx, d.serve.Listener) }()
	return session, nil
}

// close ends what is served, once the last call has been answered.
func (d *desk) close() {
	if d.served == nil {
		d.serve.Listener.Close()
		return
	}
	d.stop()
	if err := errors.Join(<-d.done, d.served.ends.run(context.Background())); err != nil {
		d.served.log.Error("endpoint", "error", err)
	}
}

// session is the place as the workbench takes it; who opened the place closes it.
func (p *place) session() *ui.Session {
	s := &ui.Session{
		Target: p.target, Store: p.store, EventsDir: p.events, SharedEventsDir: p.shared, Redact: p.redact, Problems: p.problems,
		Close: func(context.Context) error { return nil },
	}
	if p.historyOff != nil {
		s.HistoryOff = p.historyOff.Error()
	}
	return s
}

// targets are the targets that the workbench offers: local, and the profiles of the
// shared AWS configuration. Nobody is asked.
func targets(s settings.Settings) []ui.TargetChoice {
	here := s
	here.Target = settings.Local
	choices := []ui.TargetChoice{{Info: info(here)}}
	var regions []string
	for _, r := range awslambda.Regions() {
		regions = append(regions, r.ID)
	}
	for _, p := range awslambda.Profiles() {
		c := ui.TargetChoice{Info: invoke.TargetInfo{Kind: invoke.AWS, Profile: p.Name, Region: p.Region}}
		c.Detail = strings.Join(slices.DeleteFunc([]string{p.SignIn, p.Account}, func(s string) bool { return s == "" }), " · ")
		if p.Region != "" {
			choices = append(choices, c)
			c.Info.Region, c.Detail = "", "another region"
		}
		c.Regions = regions
		choices = append(choices, c)
	}
	if s.Target == settings.AWS { // as it was started: an endpoint, or credentials of the environment
		choices = append(choices, ui.TargetChoice{Info: info(s), Detail: "as lambent was started"})
	}
	return choices
}

// at is the settings with the target that was chosen.
func at(s settings.Settings, where invoke.TargetInfo) settings.Settings {
	s.Target = settings.Local
	here := info(s)
	switch {
	case where.Kind == invoke.AWS:
		s.Target, s.Profile, s.Region, s.EndpointURL = settings.AWS, where.Profile, where.Region, where.Endpoint
	case where.Project == "" || where.Project == here.Project:
	case where.Project == sampleProject:
		s.Sample = true
	default: // of another project: where a run of history was made
		s.Project, s.ProjectSet, s.Sample = where.Project, true, false
	}
	return s
}

// info labels the target before it is open.
func info(s settings.Settings) invoke.TargetInfo {
	if s.Target == settings.AWS {
		return invoke.TargetInfo{Kind: invoke.AWS, Profile: s.Profile, Region: s.Region, Endpoint: s.EndpointURL}
	}
	if opensSample(s) {
		return invoke.TargetInfo{Kind: invoke.Local, Project: sampleProject, ProjectName: sampleProject}
	}
	return invoke.TargetInfo{Kind: invoke.Local, Project: s.Project, ProjectName: filepath.Base(s.Project)}
}

// keys is the key table of the workbench for the command line.
func keys(user map[string][]string) ([]cli.KeyRow, []string) {
	table, problems := ui.KeyTable(user)
	rows := make([]cli.KeyRow, len(table))
	for i, r := range table {
		rows[i] = cli.KeyRow{ID: r.ID, Group: r.Group, Title: r.Title, Keys: r.Keys, Where: r.Where}
	}
	return rows, problems
}
