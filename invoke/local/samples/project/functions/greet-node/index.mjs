// Greets in the language that the event asks for. Edit it: the next invocation
// of $LATEST runs the new code.

const greetings = { da: 'Hej', de: 'Hallo', en: 'Hello', fr: 'Bonjour', ja: 'こんにちは', pt: 'Olá' }

export const handler = async (event, context) => {
  const { name = 'world', language = 'en' } = event
  const greeting = greetings[language]
  if (!greeting) throw new RangeError(`no greeting in "${language}": try ${Object.keys(greetings).join(', ')}`)
  console.log('greeting', name, 'in', language)
  return { greeting: `${greeting}, ${name}.`, node: process.version, version: context.functionVersion }
}
