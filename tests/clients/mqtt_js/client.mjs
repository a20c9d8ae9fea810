// npm's mqtt through everything that it can do with a broker.
//
//     mqtt_js.mjs FOLDER URL VERSION CAFILE
//
// FOLDER is where the package is installed. Ends with an error where something is not as the standard has it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [folder, url, version, cafile] = process.argv.slice(2)
const mqtt = createRequire(`${folder}/`)('mqtt')
const v5 = version === '5.0'
const LIMIT = 20_000 // ms for what comes at once

const soon = (what, promise) => {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no ${what}`)), LIMIT) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A client with a queue of the messages that have come. */
class Client {
  static async connect(clientId, options = {}) {
    const settings = { clientId, protocolVersion: { '3.1': 3, '3.1.1': 4, '5.0': 5 }[version], clean: true, reconnectPeriod: 0, rejectUnauthorized: true, ...options }
    if (version === '3.1') settings.protocolId = 'MQIsdp'
    if (/^(mqtts|wss)/.test(url)) settings.ca = readFileSync(cafile)
    const client = new Client()
    client.mqtt = mqtt.connect(url, settings)
    client.waiting = []
    client.messages = []
    client.mqtt.on('message', (topic, payload, packet) => {
      client.messages.push({ topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain, dup: packet.dup, properties: packet.properties })
      client.waiting.shift()?.()
    })
    client.connack = await soon('CONNACK', new Promise((resolve, reject) => client.mqtt.once('connect', resolve).once('error', reject)))
    return client
  }

  async next() {
    if (this.messages.length === 0) await soon('message', new Promise((resolve) => this.waiting.push(resolve)))
    return this.messages.shift()
  }

  /** The next messages, which must be these, in this order. */
  async take(...payloads) {
    const found = []
    for (const _ of payloads) found.push(await this.next())
    assert.deepEqual(found.map((message) => message.payload), payloads)
    return found
  }

  async subscribe(topic, qos, options = {}) {
    const granted = await soon('SUBACK', this.mqtt.subscribeAsync(topic, { qos, ...options }))
    assert.equal(granted[0].qos, qos)
  }

  publish(topic, payload, qos, options = {}) {
    return soon('acknowledgement', this.mqtt.publishAsync(topic, payload, { qos, ...options }))
  }

  leave() { return soon('end', this.mqtt.endAsync()) }

  /** The Network Connection ends without DISCONNECT. What has been taken is acknowledged before: the answer to another request shows it. */
  async vanish() {
    await new Promise(setImmediate)
    await soon('UNSUBACK', this.mqtt.unsubscribeAsync('nothing'))
    const closed = new Promise((resolve) => this.mqtt.once('close', resolve))
    this.mqtt.stream.destroy()
    return soon('close', closed)
  }
}

const numbers = (count) => Array.from({ length: count }, (_, i) => String(i))
const keeping = { clean: false, ...(v5 ? { properties: { sessionExpiryInterval: 3600 } } : {}) }
const pair = () => Promise.all([Client.connect('sub'), Client.connect('pub')])
const leave = (...clients) => Promise.all(clients.map((client) => client.leave()))

const scenarios = {
  async everyQosBothWays() {
    const [subscriber, publisher] = await pair()
    for (const granted of [0, 1, 2]) {
      await subscriber.subscribe(`qos/${granted}/+`, granted)
      for (const sent of [0, 1, 2]) {
        await Promise.all(numbers(20).map((text) => publisher.publish(`qos/${granted}/x`, text, sent)))
        for (const message of await subscriber.take(...numbers(20))) {
          assert.deepEqual([message.qos, message.retain, message.dup], [Math.min(sent, granted), false, false])
        }
      }
    }
    await leave(subscriber, publisher)
  },

  /** More than the broker's Receive Maximum, where the client can be held to one. */
  async manyAtOnce() {
    const [subscriber, publisher] = await pair()
    await subscriber.subscribe('many/#', 2)
    for (let first = 0; first < 300; first += 30) {
      await Promise.all(numbers(30).map((text) => publisher.publish('many/x', text, 2)))
      await subscriber.take(...numbers(30))
    }
    await publisher.publish('many/large', 'x'.repeat(400_000), 1)
    assert.equal((await subscriber.next()).payload.length, 400_000)
    await leave(subscriber, publisher)
  },

  async retained() {
    const publisher = await Client.connect('pub')
    await publisher.publish('kept/a', 'a', 1, { retain: true })
    await publisher.publish('kept/b', 'b', 2, { retain: true })
    const subscriber = await Client.connect('sub')
    await subscriber.subscribe('kept/#', 2)
    const found = [await subscriber.next(), await subscriber.next()].sort((one, other) => one.topic.localeCompare(other.topic))
    assert.deepEqual(found.map(({ topic, qos, retain }) => [topic, qos, retain]), [['kept/a', 1, true], ['kept/b', 2, true]])
    for (const topic of ['kept/a', 'kept/b']) await publisher.publish(topic, '', 1, { retain: true })
    await subscriber.take('', '')
    await subscriber.subscribe('kept/#', 1)
    await publisher.publish('kept/fence', 'fence', 1)
    await subscriber.take('fence')
    await leave(subscriber, publisher)
  },

  async will() {
    const subscriber = await Client.connect('sub')
    await subscriber.subscribe('will/+', 2)
    const dying = await Client.connect('dies', { will: { topic: 'will/sent', payload: Buffer.from('gone'), qos: 2, retain: false } })
    await dying.vanish()
    assert.equal((await subscriber.take('gone'))[0].qos, 2)
    await leave(await Client.connect('leaves', { will: { topic: 'will/sent', payload: Buffer.from('must not come'), qos: 2, retain: false } }))
    await subscriber.publish('will/fence', 'fence', 1)
    await subscriber.take('fence')
    await leave(subscriber)
  },

  async keptSession() {
    const publisher = await Client.connect('pub')
    let subscriber = await Client.connect('keeps', keeping)
    await subscriber.subscribe('queue/+', 2)
    for (const farewell of ['leave', 'vanish']) {
      await subscriber[farewell]()
      for (const text of numbers(20)) await publisher.publish('queue/x', text, farewell === 'leave' ? 1 : 2)
      subscriber = await Client.connect('keeps', keeping)
      if (version !== '3.1') assert.equal(subscriber.connack.sessionPresent, true)
      await subscriber.take(...numbers(20))
    }
    await leave(subscriber, publisher)
    const anew = await Client.connect('keeps')
    assert.equal(anew.connack.sessionPresent, false)
    await leave(anew)
  },

  async wildcards() {
    const [subscriber, publisher] = await pair()
    await subscriber.subscribe('wild/+/c', 1)
    await subscriber.subscribe('wild/deep/#', 1)
    for (const topic of ['wild/b', 'wild/b/c/d', 'other', 'wild/b/c', 'wild/deep', 'wild/deep/er']) await publisher.publish(topic, topic, 1)
    await subscriber.take('wild/b/c', 'wild/deep', 'wild/deep/er')
    await subscriber.mqtt.unsubscribeAsync('wild/+/c')
    await publisher.publish('wild/b/c', 'must not come', 1)
    await publisher.publish('wild/deep', 'fence', 1)
    await subscriber.take('fence')
    await leave(subscriber, publisher)
  },
}

const scenariosOf5 = {
  async propertiesArrive() {
    const [subscriber, publisher] = await pair()
    await subscriber.subscribe('told', 2, { properties: { subscriptionIdentifier: 77 } })
    const properties = { payloadFormatIndicator: true, contentType: 'text', responseTopic: 'answer', correlationData: Buffer.from([1, 2]), userProperties: { a: ['1', '2'], ü: '€' } }
    await publisher.publish('told', 'x', 2, { properties: { ...properties, messageExpiryInterval: 60 } })
    const came = (await subscriber.take('x'))[0].properties
    assert.ok([59, 60].includes(came.messageExpiryInterval))
    assert.deepEqual({ ...came, messageExpiryInterval: 60, userProperties: { ...came.userProperties } }, { ...properties, messageExpiryInterval: 60, subscriptionIdentifier: 77 })
    await leave(subscriber, publisher)
  },

  async subscriptionOptions() {
    const [client, other] = await pair()
    await client.subscribe('own/#', 1, { nl: true, rap: true, rh: 2 })
    await client.publish('own/x', 'must not come back', 1)
    await other.publish('own/x', 'theirs', 1, { retain: true })
    assert.equal((await client.take('theirs'))[0].retain, true)
    await other.publish('own/x', '', 1, { retain: true })
    await client.take('')
    await leave(client, other)
  },

  async sharedSubscription() {
    const [one, other, publisher] = await Promise.all(['one', 'other', 'pub'].map((name) => Client.connect(name)))
    for (const member of [one, other]) {
      await member.subscribe('$share/team/work', 1)
      await member.subscribe('fence', 1)
    }
    for (const text of numbers(20)) await publisher.publish('work', text, 1)
    await publisher.publish('fence', 'fence', 1)
    const all = []
    for (const member of [one, other]) {
      const its = []
      for (let message; (message = await member.next()).payload !== 'fence';) its.push(message.payload)
      assert.ok(its.length > 0)
      all.push(...its)
    }
    assert.deepEqual(all.sort((a, b) => a - b), numbers(20))
    await leave(one, other, publisher)
  },

  /** Assigned by hand one way, and by the client itself; the broker uses them the other way. */
  async topicAliases() {
    const subscriber = await Client.connect('sub', { properties: { topicAliasMaximum: 5 } })
    const publisher = await Client.connect('pub', { autoAssignTopicAlias: true })
    await subscriber.subscribe('named/+', 1)
    for (const text of numbers(12)) await publisher.publish(`named/${text % 3}`, text, 1)
    assert.deepEqual((await subscriber.take(...numbers(12))).map((message) => message.topic), numbers(12).map((text) => `named/${text % 3}`))
    const byHand = await Client.connect('hand')
    await byHand.publish('named/a', 'first', 1, { properties: { topicAlias: 2 } })
    await byHand.publish('', 'second', 1, { properties: { topicAlias: 2 } })
    assert.deepEqual((await subscriber.take('first', 'second')).map((message) => message.topic), ['named/a', 'named/a'])
    await leave(subscriber, publisher, byHand)
  },

  async littleRoom() {
    const subscriber = await Client.connect('sub', { properties: { receiveMaximum: 2, maximumPacketSize: 200 } })
    const publisher = await Client.connect('pub')
    await subscriber.subscribe('room', 2)
    await publisher.publish('room', 'y'.repeat(500), 1)
    for (const text of numbers(50)) await publisher.publish('room', text, 2)
    await subscriber.take(...numbers(50))
    await leave(subscriber, publisher)
  },
}

for (const [name, scenario] of Object.entries({ ...scenarios, ...(v5 ? scenariosOf5 : {}) })) {
  console.log(name)
  await scenario()
}
