package ui

// The rows of the command table, by group. Order is the order of help and palette.

func runCommands() []command {
	return []command{
		{id: "invoke", title: "Invoke with this payload", hint: "invoke", group: "Run",
			keys: []string{"ctrl+enter", "alt+enter", "f5"}, scope: everywhere, palette: true,
			off: (*App).cannotInvoke, do: (*App).invoke},
		{id: "cold", title: "Invoke in a fresh environment", group: "Run", scope: everywhere, palette: true,
			off: (*App).cannotInvokeCold, do: (*App).invokeCold},
		{id: "replay", title: "Replay exactly this request", hint: "replay", group: "Run",
			keys: []string{"r"}, scope: inResult | inHistory, palette: true,
			off: (*App).cannotReplay, do: (*App).replay},
		{id: "replay.other", title: "Replay it elsewhere, and compare", group: "Run",
			keys: []string{"R", "alt+r"}, scope: inResult | inHistory, palette: true,
			off: (*App).cannotReplay, do: (*App).replayOther},
		{id: "cancel", title: "Cancel the run; with none, quit", hint: "cancel", group: "Run",
			keys: []string{"ctrl+c"}, scope: everywhere, do: (*App).cancelOrQuit},
		{id: "type.next", title: "Change the invocation type", hint: "type", group: "Run",
			keys: []string{"f3", "alt+t"}, scope: everywhere, palette: true, do: (*App).nextType},
		{id: "qualifier.pick", title: "Choose a qualifier", hint: "qualifier", group: "Run",
			keys: []string{"f2", "alt+q"}, scope: everywhere, palette: true,
			off: (*App).noFunction, do: (*App).pickQualifier},
		{id: "request.options", title: "Set request options", hint: "options", group: "Run",
			keys: []string{"f4", "alt+o"}, scope: everywhere, palette: true, do: (*App).openRequestOptions},
		{id: "function.pick", title: "Choose a function", hint: "function", group: "Run",
			keys: []string{"ctrl+g"}, scope: everywhere, palette: true,
			off: (*App).noFunctions, do: (*App).pickFunction},
		{id: "target.pick", title: "Choose a target", hint: "target", group: "Run",
			keys: []string{"ctrl+t"}, scope: everywhere, palette: true, off: (*App).cannotPickTarget, do: (*App).pickTarget},
		{id: "fault.arm", title: "Arm a fault: what the next invocations answer", group: "Run",
			scope: everywhere, palette: true, off: (*App).cannotArm, do: (*App).armFault},
		{id: "fault.disarm", title: "Disarm all faults", group: "Run",
			scope: everywhere, palette: true, off: (*App).cannotDisarm, do: (*App).disarmAll},
		{id: "publish", title: "Publish a version", group: "Versions", scope: everywhere, palette: true,
			off: (*App).cannotPublish, do: (*App).publish},
		{id: "alias.set", title: "Point an alias at a version", group: "Versions", scope: everywhere, palette: true,
			off: (*App).cannotPublish, do: (*App).setAlias},
	}
}

func placeCommands() []command {
	return []command{
		{id: "focus.next", title: "Next pane", hint: "pane", group: "Places",
			keys: []string{"tab"}, scope: everywhere, do: (*App).focusNext},
		{id: "focus.prev", title: "Previous pane", group: "Places",
			keys: []string{"shift+tab"}, scope: everywhere, do: (*App).focusPrevious},
		{id: "focus.1", title: "Go to functions", group: "Places",
			keys: []string{"alt+1", "1"}, scope: everywhere, palette: true, do: focusOn(paneFunctions)},
		{id: "focus.2", title: "Go to payload", group: "Places",
			keys: []string{"alt+2", "2"}, scope: everywhere, palette: true, do: focusOn(panePayload)},
		{id: "focus.3", title: "Go to result", group: "Places",
			keys: []string{"alt+3", "3"}, scope: everywhere, palette: true, do: focusOn(paneResult)},
		{id: "focus.4", title: "Go to logs", group: "Places",
			keys: []string{"alt+4", "4"}, scope: everywhere, palette: true, do: focusOn(paneLogs)},
		{id: "focus.5", title: "Go to history", group: "Places",
			keys: []string{"alt+5", "5"}, scope: everywhere, palette: true, do: focusOn(paneHistory)},
		{id: "back", title: "Step back", hint: "close", group: "Places", keys: []string{"esc"}, scope: everywhere, do: (*App).back},
		{id: "zoom", title: "Zoom the pane", hint: "zoom", group: "Places",
			keys: []string{"z", "alt+z"}, scope: everywhere, palette: true, do: (*App).toggleZoom},
	}
}

func payloadCommands() []command {
	return []command{
		{id: "event.open", title: "Open a saved event", hint: "open event", group: "Payload",
			keys: []string{"ctrl+o"}, scope: everywhere, palette: true, off: (*App).noPayload, do: (*App).openEvents},
		{id: "event.save", title: "Save the payload as an event", group: "Payload",
			keys: []string{"ctrl+s"}, scope: everywhere, palette: true, off: (*App).noPayload, do: (*App).saveEvent},
		{id: "editor.external", title: "Edit in $EDITOR", hint: "editor", group: "Payload",
			keys: []string{"ctrl+e"}, scope: inPayload, palette: true, off: (*App).noPayload, do: (*App).editOutside},
		{id: "payload.format", title: "Format the JSON, or minify it", hint: "format", group: "Payload",
			keys: []string{"alt+j"}, scope: inPayload, palette: true, off: (*App).noPayload, do: (*App).formatPayload},
		{id: "edit.copy", title: "Copy the selection", group: "Payload",
			keys: []string{"ctrl+c"}, scope: inPayload, off: (*App).nothingSelected, do: (*App).copySelection},
		{id: "edit.cut", title: "Cut the selection", group: "Payload",
			keys: []string{"ctrl+x"}, scope: inPayload, off: (*App).nothingSelected, do: (*App).cutSelection},
		{id: "edit.paste", title: "Paste", group: "Payload",
			keys: []string{"ctrl+v"}, scope: inPayload, off: (*App).noPayload, do: (*App).pasteClipboard},
		{id: "edit.all", title: "Select all", group: "Payload",
			keys: []string{"ctrl+a"}, scope: inPayload, off: (*App).noPayload, do: (*App).selectAll},
		{id: "edit.undo", title: "Undo", group: "Payload",
			keys: []string{"ctrl+z"}, scope: inPayload, off: (*App).noPayload, do: (*App).undo},
		{id: "edit.redo", title: "Redo", group: "Payload",
			keys: []string{"ctrl+y", "ctrl+shift+z"}, scope: inPayload, off: (*App).noPayload, do: (*App).redo},
	}
}

func viewCommands() []command {
	return []command{
		{id: "result.tab", title: "Previous, next tab", hint: "tabs", group: "Result",
			keys: []string{"[", "]"}, scope: inResult, family: true, do: (*App).turnTab},
		{id: "json.fold", title: "Fold, unfold; Z all", hint: "fold", group: "Result",
			keys: []string{"left", "right", "h", "l", "enter", "Z"}, scope: inResult, family: true, do: (*App).fold},
		{id: "find", title: "Find", hint: "find", group: "Result and logs",
			keys: []string{"/", "ctrl+f"}, scope: inPayload | inViews, palette: true, do: (*App).openFind},
		{id: "find.next", title: "Find the next one", group: "Result and logs",
			keys: []string{"n"}, scope: inViews, off: (*App).nothingSought, do: (*App).findNext},
		{id: "find.previous", title: "Find the previous one", group: "Result and logs",
			keys: []string{"N"}, scope: inViews, off: (*App).nothingSought, do: (*App).findPrevious},
		{id: "wrap", title: "Wrap long lines", hint: "wrap", group: "Result and logs",
			keys: []string{"w"}, scope: inViews, palette: true, do: (*App).toggleWrap},
		{id: "follow", title: "Stay at the end of the log", hint: "follow", group: "Result and logs",
			keys: []string{"f"}, scope: inViews, off: (*App).notOnLogs, do: (*App).toggleFollow},
		{id: "pager", title: "Open in $PAGER", group: "Result and logs",
			keys: []string{"o"}, scope: inViews, palette: true, off: (*App).nothingToRead, do: (*App).openPager},
		{id: "copy", title: "Copy this value", hint: "copy", group: "Result and logs",
			keys: []string{"y"}, scope: inViews | inHistory, off: (*App).nothingToCopy, do: (*App).copyHere},
		{id: "copy.all", title: "Copy all of it", group: "Result and logs",
			keys: []string{"Y", "ctrl+shift+c"}, scope: inViews | inHistory, palette: true, off: (*App).nothingToCopy, do: (*App).copyAll},
		{id: "log.whole", title: "Read the whole log of this invocation", hint: "whole log", group: "Result and logs",
			keys: []string{"L"}, scope: inViews, palette: true, off: (*App).noWholeLog, do: (*App).readWholeLog},
		{id: "copy.as", title: "Copy as lambent, aws, curl or Go", group: "Result and logs",
			keys: []string{"c"}, scope: inResult | inHistory, palette: true, off: (*App).noInvocation, do: (*App).copyAs},
		{id: "console", title: "Find it in the AWS console", group: "Lists",
			keys: []string{"O"}, scope: inLists, palette: true, off: (*App).noConsole, do: (*App).openConsole},
		{id: "save.result", title: "Save the response to a file", group: "Result",
			keys: []string{"s"}, scope: inResult, palette: true, off: (*App).noResponse, do: (*App).saveResult},
	}
}

func listCommands() []command {
	return []command{
		{id: "move", title: "Move", group: "Lists",
			keys: []string{"up", "down", "j", "k", "pgup", "pgdown", "g", "G", "home", "end"}, scope: outside, family: true, do: (*App).move},
		{id: "open", title: "Choose the function, open the run", hint: "open", group: "Lists",
			keys: []string{"enter"}, scope: inLists, off: (*App).noRow, do: (*App).openRow},
		{id: "list.filter", title: "Filter as you type", hint: "filter", group: "Lists",
			keys: []string{"/"}, scope: inLists, do: (*App).openFilter},
		{id: "refresh", title: "Read the list again", group: "Lists",
			keys: []string{"f9"}, scope: inLists, palette: true, off: (*App).notOpen, do: (*App).refresh},
		{id: "problems", title: "Show what is wrong in the project", group: "Lists",
			scope: everywhere, palette: true, off: (*App).noProblems, do: (*App).showProblems},
		{id: "history.search", title: "Search history", hint: "history", group: "History",
			keys: []string{"ctrl+r"}, scope: everywhere, palette: true, off: (*App).noHistory, do: (*App).searchHistory},
		{id: "mark", title: "Mark the row", group: "History",
			keys: []string{"space"}, scope: inHistory, off: (*App).noRow, do: (*App).markRow},
		{id: "pin", title: "Pin, or take the pin away", group: "History",
			keys: []string{"p"}, scope: inHistory, off: (*App).noRow, do: (*App).pinRows},
		{id: "event.run", title: "Save the run as an event", group: "History",
			keys: []string{"e"}, scope: inHistory, off: (*App).noRow, do: (*App).eventOfRun},
		{id: "compare", title: "Compare with the marked or the previous run", hint: "compare", group: "History",
			keys: []string{"="}, scope: inHistory | inResult, palette: true, off: (*App).cannotCompare, do: (*App).compare},
		{id: "statistics", title: "Statistics of the function's runs", hint: "statistics", group: "History",
			keys: []string{"S"}, scope: inLists, palette: true, off: (*App).noStatistics, do: (*App).openStatistics},
		{id: "deadletters", title: "Dead letters: open, redrive, delete", hint: "dead letters", group: "History",
			keys: []string{"D"}, scope: inHistory, palette: true, off: (*App).noHistory, do: (*App).openDeadLetters},
		{id: "delete", title: "Delete from history", group: "History",
			keys: []string{"d"}, scope: inHistory, off: (*App).noRow, do: (*App).deleteRows},
	}
}

func workbenchCommands() []command {
	return []command{
		{id: "palette", title: "Commands", hint: "commands", group: "Workbench",
			keys: []string{"ctrl+p"}, scope: everywhere, do: (*App).openPalette},
		{id: "help", title: "Help for here", hint: "help", group: "Workbench",
			keys: []string{"?", "f1"}, scope: everywhere, palette: true, do: (*App).openHelp},
		{id: "theme.pick", title: "Choose a theme", group: "Workbench",
			scope: everywhere, palette: true, do: (*App).pickTheme},
		{id: "mouse.toggle", title: "Give the mouse back to the terminal, or take it", group: "Workbench",
			scope: everywhere, palette: true, do: (*App).toggleMouse},
		{id: "suspend", title: "Suspend to the shell", group: "Workbench",
			keys: []string{"ctrl+z"}, scope: everywhere, palette: true, do: (*App).suspend},
		{id: "quit", title: "Quit", group: "Workbench",
			keys: []string{"ctrl+q"}, scope: everywhere, palette: true, do: (*App).quit},
	}
}
