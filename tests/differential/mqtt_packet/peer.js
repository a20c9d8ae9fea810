// mqtt-packet as a filter. Each line in is a packet as JSON, each line out what mqtt-packet makes of it:
//   node peer.js parse      {"mqtt", "hex"}      ->  {"packet"} or {"error"}
//   node peer.js generate   {"mqtt", "packet"}   ->  {"hex"} or {"error"}
// "packet" is mqtt-packet's own object; a Buffer in it is {"hex": "..."} either way.
'use strict'

const mqtt = require('mqtt-packet')
const lines = require('readline').createInterface({ input: process.stdin, crlfDelay: Infinity })

const protocolVersions = { '3.1': 3, '3.1.1': 4, '5.0': 5 }

// Buffer.prototype.toJSON runs before a replacer sees the Buffer.
Buffer.prototype.toJSON = function () { return { hex: this.toString('hex') } }

// The line itself, which has the key '', has a "hex" too.
function revive (key, value) {
  return key !== '' && value !== null && typeof value === 'object' && typeof value.hex === 'string' ? Buffer.from(value.hex, 'hex') : value
}

function parse (line) {
  const parser = mqtt.parser({ protocolVersion: protocolVersions[line.mqtt] })
  let packet, error
  parser.on('packet', parsed => { packet = parsed })
  parser.on('error', problem => { error = problem.message })
  const left = parser.parse(Buffer.from(line.hex, 'hex'))
  if (error) return { error }
  if (!packet) return { error: 'incomplete' }
  return left > 0 ? { error: 'bytes are left' } : { packet: Object.assign({}, packet) }
}

function generate (line) {
  return { hex: mqtt.generate(line.packet, { protocolVersion: protocolVersions[line.mqtt] }).toString('hex') }
}

const work = { parse, generate }[process.argv[2]]
lines.on('line', text => {
  let result
  try {
    result = work(JSON.parse(text, revive))
  } catch (problem) {
    result = { error: `thrown: ${problem.message}` }
  }
  process.stdout.write(JSON.stringify(result) + '\n')
})
