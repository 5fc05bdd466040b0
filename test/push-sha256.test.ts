import { declareReasonTests } from './support/reason-pushes.ts'
import { declareRefTests } from './support/ref-pushes.ts'
import { suite } from './support/suite.ts'

const reasons = suite('push: reason codes, SHA-256')
declareReasonTests(reasons, 'sha256')
reasons.run()

const rules = suite('push: rules of refs, SHA-256')
declareRefTests(rules, 'sha256')
rules.run()
