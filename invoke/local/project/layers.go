package project

// layers finds the function's layers. One that the template defines is a folder
// or an archive of the project; one that is named by its ARN is not here.
func (b *builder) layers() {
	s := b.setting(b.properties, "Layers")
	if s.reason != "" {
		b.problem(s.line, "Layers can't be worked out here: %s", s.reason)
	}
	if s.value == nil {
		return
	}
	items, reason := b.list(s.value)
	if reason != "" {
		b.problem(s.line, "Layers can't be worked out here: %s", reason)
		return
	}
	count := 0
	for _, item := range items {
		if b.layer(item) {
			count++
		}
	}
	if count > maxLayers {
		b.broken(s.line, "it has %d layers; Lambda takes at most %d", count, maxLayers)
	}
}

// layer adds one layer and reports whether there was one.
func (b *builder) layer(item *node) bool {
	if fn, arg, ok := item.intrinsic(); ok && fn == "Fn::If" {
		args, reason := arguments(fn, arg, 3, 3)
		if reason != "" || !args[0].isText() {
			b.problem(item.line, "a layer is not written as CloudFormation wants it")
			return false
		}
		v := b.holds(args[0].text)
		if v.reason != "" {
			b.problem(item.line, "a layer can't be worked out here: %s", v.reason)
			return false
		}
		if v.holds {
			return b.layer(args[1])
		}
		return b.layer(args[2])
	}
	if fn, arg, ok := item.intrinsic(); ok && fn == "Ref" && arg.isText() {
		switch resource, here := b.resources[arg.text]; {
		case arg.text == "AWS::NoValue":
			return false
		case here && (b.typeOf(resource) == "AWS::Serverless::LayerVersion" || b.typeOf(resource) == "AWS::Lambda::LayerVersion"):
			b.content(arg.text, resource, item.line)
			return true
		}
	}
	arn, reason := b.text(item)
	if reason != "" {
		b.problem(item.line, "a layer can't be worked out here: %s", reason)
		return true
	}
	b.f.Layers = append(b.f.Layers, arn)
	b.problem(item.line, "the layer %s is not on this machine: what it holds is missing", shown(arn))
	return true
}

// content finds the folder or archive of a layer that the template defines.
func (b *builder) content(id string, resource *node, line int) {
	b.f.Layers = append(b.f.Layers, id)
	if method := resource.at("Metadata").at("BuildMethod"); method.isText() {
		b.problem(line, "the layer %s is built before it is used (BuildMethod %s), which is not done here: point it at the built folder", id, plain(method.text))
	}
	properties := b.propertiesOf(resource)
	where := b.setting(properties, "ContentUri")
	if b.typeOf(resource) == "AWS::Lambda::LayerVersion" {
		where = b.setting(properties, "Content")
	}
	path := ""
	switch asset := resource.at("Metadata").at("aws:asset:path"); {
	case asset.isText():
		path = asset.text
	case where.value.isText():
		path = where.value.text
	case where.reason != "":
		b.problem(where.line, "the layer %s is missing: its content can't be worked out here: %s", id, where.reason)
		return
	default:
		b.problem(resource.line, "the layer %s is missing: its content is not a folder or an archive of the project", id)
		return
	}
	abs, reason := b.place(path)
	if reason != "" {
		b.problem(line, "the layer %s is missing: %s %s", id, shown(path), reason)
		return
	}
	b.f.LayerPaths = append(b.f.LayerPaths, abs)
}
