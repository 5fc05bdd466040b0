import { declareRefTests } from './support/ref-pushes.ts'
import { suite } from './support/suite.ts'

const rules = suite('push: rules of refs, SHA-1')
declareRefTests(rules, 'sha1')
rules.run()
