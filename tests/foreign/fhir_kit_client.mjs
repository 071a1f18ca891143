// fhir-kit-client, unchanged: a hospital's program searches, holds, books and cancels.
import { readFileSync } from 'node:fs'
import { Client } from 'fhir-kit-client'

const said = JSON.parse(readFileSync(0, 'utf8'))
const done = []
const client = new Client({ baseUrl: `${said.origin}/fhir`, bearerToken: said.token })
const operate = (name, parameter) =>
  client.operation({ resourceType: 'Appointment', name, input: { resourceType: 'Parameters', parameter } })
const reference = (name, to) => ({ name, valueReference: { reference: to } })

const told = await client.capabilityStatement()
if (told.fhirVersion !== '4.0.1') throw new Error('another version')
done.push('metadata')

const slots = await client.search({ resourceType: 'Slot', searchParams: { status: 'free', _count: 2, _include: 'Slot:schedule' } })
const following = await client.nextPage({ bundle: slots })
const ids = [...slots.entry, ...following.entry].filter((one) => one.search.mode === 'match').map((one) => one.resource.id)
if (new Set(ids).size !== 4) throw new Error('pages are not pages')
done.push('search')

const found = await operate('$find', [
  { name: 'start', valueDateTime: said.start }, { name: 'end', valueDateTime: said.end },
  reference('patient-reference', `Patient/${said.patient}`),
])
const held = (await operate('$hold', [reference('appointment-reference', `Appointment/${found.entry[0].resource.id}`)])).entry[0].resource
if (held.status !== 'pending') throw new Error('not held')
done.push('hold')

const booked = (await operate('$book', [reference('appointment-reference', `Appointment/${held.id}`)])).entry[0].resource
if (booked.status !== 'booked') throw new Error('not booked')
done.push('book')

const refused = await operate('$book', [reference('appointment-reference', `Appointment/${held.id}`)]).then(() => null, (one) => one)
if (refused?.response?.status !== 409) throw new Error('booked twice')
done.push('refusal')

const read = await client.read({ resourceType: 'Appointment', id: booked.id })
const headers = { 'if-match': `W/"${read.meta.versionId}"` }
const body = { ...read, status: 'cancelled' }
const given = await client.update({ resourceType: 'Appointment', id: booked.id, body, options: { headers } })
if (given.status !== 'cancelled') throw new Error('not cancelled')
done.push('cancel')

console.log(JSON.stringify(done))
