/* Eclipse Paho's C client through everything that it can do with a broker.
 *
 *     paho_c URL VERSION CAFILE
 *
 * Exits with 1, and says where, when something is not as the standard has it. A fourth argument makes it die with a Will.
 */
#include <MQTTClient.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { limit_ms = 20000 };

static const char* program;
static const char* url;
static const char* version_name;
static const char* cafile;
static int version;

static void check(int holds, const char* format, ...) {
  if (holds) return;
  va_list arguments;
  va_start(arguments, format);
  fputs("paho_c: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

static int v5(void) { return version == MQTTVERSION_5; }

/* ---- What a scenario is written in */

typedef struct {
  const char* id;
  int clean;
  const char* will_topic;
  int receive_maximum;
} Setup;

/* @return whether the broker had a Session */
static int connect_to(MQTTClient* client, Setup setup) {
  /* Paho has schemes of its own for what others call mqtt and mqtts. */
  char paho_url[256];
  const char* rest = strstr(url, "://");
  const char* scheme = strncmp(url, "mqtts", 5) == 0 ? "ssl" : strncmp(url, "mqtt", 4) == 0 ? "tcp" : NULL;
  snprintf(paho_url, sizeof paho_url, "%.*s%s", (int)(scheme ? strlen(scheme) : (size_t)(rest - url)), scheme ? scheme : url, rest);

  MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
  create.MQTTVersion = version;
  int code = MQTTClient_createWithOptions(client, paho_url, setup.id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
  check(code == MQTTCLIENT_SUCCESS, "create: %d", code);

  MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
  MQTTClient_connectOptions options5 = MQTTClient_connectOptions_initializer5;
  if (v5()) options = options5;
  options.MQTTVersion = version;
  options.keepAliveInterval = 60;
  options.reliable = 0;
  options.maxInflightMessages = 20;
  if (v5())
    options.cleanstart = setup.clean;
  else
    options.cleansession = setup.clean;
  MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
  tls.trustStore = cafile;
  if (strncmp(url, "mqtts", 5) == 0 || strncmp(url, "wss", 3) == 0) options.ssl = &tls;
  MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
  will.topicName = setup.will_topic;
  will.message = "gone";
  will.qos = 2;
  if (setup.will_topic) options.will = &will;

  if (!v5()) {
    code = MQTTClient_connect(*client, &options);
    check(code == MQTTCLIENT_SUCCESS, "connect: %d", code);
    return options.returned.sessionPresent;
  }
  MQTTProperties properties = MQTTProperties_initializer;
  MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = 3600};
  if (!setup.clean) MQTTProperties_add(&properties, &expiry);
  MQTTProperty maximum = {.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, .value.integer2 = (unsigned short)setup.receive_maximum};
  if (setup.receive_maximum) MQTTProperties_add(&properties, &maximum);
  MQTTResponse response = MQTTClient_connect5(*client, &options, &properties, NULL);
  MQTTProperties_free(&properties);
  check(response.reasonCode == MQTTREASONCODE_SUCCESS, "connect: %d", (int)response.reasonCode);
  MQTTResponse_free(response);
  return options.returned.sessionPresent;
}

static MQTTClient connected(const char* id) {
  MQTTClient client;
  const int present = connect_to(&client, (Setup){.id = id, .clean = 1});
  check(!present, "%s has an old Session", id);
  return client;
}

static void leave(MQTTClient client) {
  const int code = v5() ? MQTTClient_disconnect5(client, limit_ms, MQTTREASONCODE_SUCCESS, NULL) : MQTTClient_disconnect(client, limit_ms);
  check(code == MQTTCLIENT_SUCCESS, "disconnect: %d", code);
  MQTTClient_destroy(&client);
}

static void subscribe_with(MQTTClient client, const char* filter, int qos, MQTTSubscribe_options* options, int identifier) {
  if (!v5()) {
    const int code = MQTTClient_subscribe(client, filter, qos);
    check(code == MQTTCLIENT_SUCCESS, "subscribe to %s: %d", filter, code);
    return;
  }
  MQTTProperties properties = MQTTProperties_initializer;
  MQTTProperty property = {.identifier = MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, .value.integer4 = (unsigned)identifier};
  if (identifier) MQTTProperties_add(&properties, &property);
  MQTTResponse response = MQTTClient_subscribe5(client, filter, qos, options, &properties);
  MQTTProperties_free(&properties);
  check((int)response.reasonCode == qos, "subscribe to %s: %d", filter, (int)response.reasonCode);
  MQTTResponse_free(response);
}

static void subscribe(MQTTClient client, const char* filter, int qos) { subscribe_with(client, filter, qos, NULL, 0); }

static MQTTClient_deliveryToken begin_publish(MQTTClient client, const char* topic, const char* payload, int qos, int retain,
                                              const MQTTProperties* properties) {
  MQTTClient_message message = MQTTClient_message_initializer;
  message.payload = (void*)payload;
  message.payloadlen = (int)strlen(payload);
  message.qos = qos;
  message.retained = retain;
  if (properties) message.properties = *properties;
  MQTTClient_deliveryToken token = 0;
  if (v5()) {
    MQTTResponse response = MQTTClient_publishMessage5(client, topic, &message, &token);
    check((int)response.reasonCode >= 0 && (int)response.reasonCode < 0x80, "publish to %s: %d", topic, (int)response.reasonCode);
    MQTTResponse_free(response);
  } else {
    const int code = MQTTClient_publishMessage(client, topic, &message, &token);
    check(code == MQTTCLIENT_SUCCESS, "publish to %s: %d", topic, code);
  }
  return token;
}

static void complete(MQTTClient client, MQTTClient_deliveryToken token) {
  const int code = MQTTClient_waitForCompletion(client, token, limit_ms);
  check(code == MQTTCLIENT_SUCCESS, "no end of a publication: %d", code);
}

static void publish(MQTTClient client, const char* topic, const char* payload, int qos) {
  complete(client, begin_publish(client, topic, payload, qos, 0, NULL));
}

static void retain(MQTTClient client, const char* topic, const char* payload, int qos) {
  complete(client, begin_publish(client, topic, payload, qos, 1, NULL));
}

/* Messages 0, 1, 2 … of one QoS, all under way at the same time: each wait for a single one takes this client a tenth of a second. */
static void publish_numbers(MQTTClient client, const char* topic, int count, int qos) {
  MQTTClient_deliveryToken tokens[100];
  char text[12];
  for (int number = 0; number < count; ++number) {
    snprintf(text, sizeof text, "%d", number);
    tokens[number] = begin_publish(client, topic, text, qos, 0, NULL);
  }
  for (int number = 0; number < count; ++number) complete(client, tokens[number]);
}

typedef struct {
  char topic[64];
  char payload[64];
  int length;
  int qos;
  int retained;
} Message;

/* The next message. `look` sees it while its properties are there. */
static Message take_looking(MQTTClient client, void (*look)(MQTTProperties*)) {
  char* topic = NULL;
  int topic_length = 0;
  MQTTClient_message* came = NULL;
  const int code = MQTTClient_receive(client, &topic, &topic_length, &came, limit_ms);
  check((code == MQTTCLIENT_SUCCESS || code == MQTTCLIENT_TOPICNAME_TRUNCATED) && came, "no message: %d", code);
  Message message = {.length = came->payloadlen, .qos = came->qos, .retained = came->retained};
  snprintf(message.topic, sizeof message.topic, "%s", topic);
  snprintf(message.payload, sizeof message.payload, "%.*s", came->payloadlen, (const char*)came->payload);
  check(!came->dup, "DUP in a first delivery");
  if (look) look(&came->properties);
  MQTTClient_freeMessage(&came);
  MQTTClient_free(topic);
  return message;
}

static Message take(MQTTClient client, const char* payload, int qos) {
  const Message message = take_looking(client, NULL);
  check(strcmp(message.payload, payload) == 0 && message.qos == qos, "came %s at QoS %d, awaited %s at QoS %d", message.payload, message.qos,
        payload, qos);
  return message;
}

static const char* number_text(int number) {
  static char text[12];
  snprintf(text, sizeof text, "%d", number);
  return text;
}

/* ---- Scenarios */

static void every_qos_both_ways(void) {
  MQTTClient subscriber = connected("sub"), publisher = connected("pub");
  for (int granted = 0; granted <= 2; ++granted) {
    subscribe(subscriber, "qos/+", granted);
    for (int sent = 0; sent <= 2; ++sent) {
      publish_numbers(publisher, "qos/x", 15, sent);
      for (int number = 0; number < 15; ++number) take(subscriber, number_text(number), sent < granted ? sent : granted);
    }
  }
  leave(subscriber), leave(publisher);
}

static void many_at_once(void) {
  MQTTClient subscriber = connected("sub"), publisher = connected("pub");
  subscribe(subscriber, "many/#", 2);
  publish_numbers(publisher, "many/x", 100, 2);
  for (int number = 0; number < 100; ++number) take(subscriber, number_text(number), 2);

  static char large[400001];
  memset(large, 'x', sizeof large - 1);
  publish(publisher, "many/large", large, 1);
  const Message came = take_looking(subscriber, NULL);
  check(came.length == 400000, "large message of %d bytes", came.length);
  leave(subscriber), leave(publisher);
}

static void retained(void) {
  MQTTClient publisher = connected("pub");
  retain(publisher, "kept/a", "a", 1);
  retain(publisher, "kept/b", "b", 2);
  MQTTClient subscriber = connected("sub");
  subscribe(subscriber, "kept/a", 2);
  check(take(subscriber, "a", 1).retained, "RETAIN is not set");
  subscribe(subscriber, "kept/b", 2);
  check(take(subscriber, "b", 2).retained, "RETAIN is not set");
  retain(publisher, "kept/a", "", 1);
  check(!take(subscriber, "", 1).retained, "RETAIN in a live message");
  subscribe(subscriber, "kept/#", 1);
  take(subscriber, "b", 1);
  publish(publisher, "kept/fence", "fence", 0);
  take(subscriber, "fence", 0);
  retain(publisher, "kept/b", "", 1);
  leave(subscriber), leave(publisher);
}

static void will(void) {
  MQTTClient watcher = connected("sub");
  subscribe(watcher, "will/+", 2);
  const pid_t child = fork();
  if (child == 0) {
    execl(program, program, url, version_name, cafile, "will/sent", (char*)NULL);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  check(status == 0, "the client that was to die: %d", status);
  take(watcher, "gone", 2);
  if (v5()) {
    MQTTClient leaver;
    connect_to(&leaver, (Setup){.id = "dies", .clean = 1, .will_topic = "will/asked"});
    MQTTClient_disconnect5(leaver, limit_ms, MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE, NULL);
    MQTTClient_destroy(&leaver);
    take(watcher, "gone", 2);
  }
  leave(watcher);
}

static void kept_session(void) {
  MQTTClient subscriber, publisher = connected("pub");
  check(!connect_to(&subscriber, (Setup){.id = "keeps"}), "a Session before the first connection");
  subscribe(subscriber, "queue/+", 2);
  for (int round = 0; round < 2; ++round) {
    leave(subscriber);
    publish_numbers(publisher, "queue/x", 20, 1 + round);
    const int present = connect_to(&subscriber, (Setup){.id = "keeps"});
    check(present || version != MQTTVERSION_3_1_1, "no Session");  /* which this client tells in 3.1.1 only */
    for (int number = 0; number < 20; ++number) take(subscriber, number_text(number), 1 + round);
  }
  leave(subscriber), leave(publisher);
  leave(connected("keeps"));
}

static void wildcards(void) {
  MQTTClient subscriber = connected("sub"), publisher = connected("pub");
  subscribe(subscriber, "wild/+/c", 1);
  subscribe(subscriber, "wild/deep/#", 1);
  static const char* const topics[] = {"wild/b", "wild/b/c/d", "other", "wild/b/c", "wild/deep", "wild/deep/er"};
  for (size_t i = 0; i < sizeof topics / sizeof *topics; ++i) publish(publisher, topics[i], topics[i], 1);
  for (size_t i = 3; i < sizeof topics / sizeof *topics; ++i) take(subscriber, topics[i], 1);
  const int code = v5() ? (int)MQTTClient_unsubscribe5(subscriber, "wild/+/c", NULL).reasonCode : MQTTClient_unsubscribe(subscriber, "wild/+/c");
  check(code == MQTTCLIENT_SUCCESS, "unsubscribe: %d", code);
  publish(publisher, "wild/b/c", "must not come", 1);
  publish(publisher, "wild/deep", "fence", 1);
  take(subscriber, "fence", 1);
  leave(subscriber), leave(publisher);
}

static void look_at_properties(MQTTProperties* properties) {
  check(MQTTProperties_getNumericValue(properties, MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER) == 77, "Subscription Identifier");
  const MQTTProperty* user = MQTTProperties_getProperty(properties, MQTTPROPERTY_CODE_USER_PROPERTY);
  check(user && strncmp(user->value.data.data, "name", 4) == 0 && strncmp(user->value.value.data, "value", 5) == 0, "User Property");
  const MQTTProperty* type = MQTTProperties_getProperty(properties, MQTTPROPERTY_CODE_CONTENT_TYPE);
  check(type && strncmp(type->value.data.data, "text", 4) == 0, "Content Type");
}

static void properties_arrive(void) {
  MQTTClient subscriber = connected("sub"), publisher = connected("pub");
  subscribe_with(subscriber, "told", 2, NULL, 77);
  MQTTProperties properties = MQTTProperties_initializer;
  MQTTProperty user = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY, .value = {.data = {4, "name"}, .value = {5, "value"}}};
  MQTTProperty type = {.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE, .value.data = {4, "text"}};
  MQTTProperties_add(&properties, &user);
  MQTTProperties_add(&properties, &type);
  complete(publisher, begin_publish(publisher, "told", "x", 2, 0, &properties));
  MQTTProperties_free(&properties);
  take_looking(subscriber, look_at_properties);
  leave(subscriber), leave(publisher);
}

static void subscription_options(void) {
  MQTTClient client = connected("sub"), other = connected("pub");
  MQTTSubscribe_options options = MQTTSubscribe_options_initializer;
  options.noLocal = 1;
  options.retainAsPublished = 1;
  subscribe_with(client, "own/#", 1, &options, 0);
  publish(client, "own/x", "must not come back", 1);
  retain(other, "own/x", "theirs", 1);
  check(take(client, "theirs", 1).retained, "Retain As Published");
  retain(other, "own/x", "", 1);
  take(client, "", 1);
  leave(client), leave(other);
}

static void shared_subscription(void) {
  MQTTClient one = connected("one"), two = connected("two"), publisher = connected("pub");
  subscribe(one, "$share/team/work", 1);
  subscribe(two, "$share/team/work", 1);
  publish_numbers(publisher, "work", 20, 1);
  int seen[20] = {0};
  MQTTClient members[] = {one, two};
  for (int member = 0; member < 2; ++member) {
    subscribe(members[member], "fence", 0);
    publish(publisher, "fence", "fence", 0);
    int count = 0;
    for (Message message; strcmp((message = take_looking(members[member], NULL)).payload, "fence") != 0; ++count) ++seen[atoi(message.payload)];
    check(count > 0, "a member got nothing");
    MQTTClient_unsubscribe(members[member], "fence");
  }
  for (int number = 0; number < 20; ++number) check(seen[number] == 1, "message %d came %d times", number, seen[number]);
  leave(one), leave(two), leave(publisher);
}

static void topic_alias(void) {
  MQTTClient subscriber = connected("sub"), publisher = connected("pub");
  subscribe(subscriber, "named", 1);
  MQTTProperties properties = MQTTProperties_initializer;
  MQTTProperty alias = {.identifier = MQTTPROPERTY_CODE_TOPIC_ALIAS, .value.integer2 = 1};
  MQTTProperties_add(&properties, &alias);
  for (int number = 0; number < 5; ++number)
    complete(publisher, begin_publish(publisher, number == 0 ? "named" : "", number_text(number), 1, 0, &properties));
  MQTTProperties_free(&properties);
  for (int number = 0; number < 5; ++number) check(strcmp(take(subscriber, number_text(number), 1).topic, "named") == 0, "Topic Name");
  leave(subscriber), leave(publisher);
}

static void little_room(void) {
  MQTTClient subscriber, publisher = connected("pub");
  connect_to(&subscriber, (Setup){.id = "sub", .clean = 1, .receive_maximum = 2});
  subscribe(subscriber, "room", 2);
  publish_numbers(publisher, "room", 50, 2);
  for (int number = 0; number < 50; ++number) take(subscriber, number_text(number), 2);
  leave(subscriber), leave(publisher);
}

static const struct {
  const char* name;
  void (*run)(void);
  int needs_5_0;
} scenarios[] = {
    {"every_qos_both_ways", every_qos_both_ways, 0},
    {"many_at_once", many_at_once, 0},
    {"retained", retained, 0},
    {"will", will, 0},
    {"kept_session", kept_session, 0},
    {"wildcards", wildcards, 0},
    {"properties_arrive", properties_arrive, 1},
    {"subscription_options", subscription_options, 1},
    {"shared_subscription", shared_subscription, 1},
    {"topic_alias", topic_alias, 1},
    {"little_room", little_room, 1},
};

int main(int count, char** words) {
  if (count < 4) return 2;
  program = words[0], url = words[1], version_name = words[2], cafile = words[3];
  version = strcmp(version_name, "5.0") == 0 ? MQTTVERSION_5 : strcmp(version_name, "3.1") == 0 ? MQTTVERSION_3_1 : MQTTVERSION_3_1_1;
  if (count > 4) {
    MQTTClient client;
    connect_to(&client, (Setup){.id = "dies", .clean = 1, .will_topic = words[4]});
    _exit(0);
  }
  MQTTClient_init_options options = MQTTClient_init_options_initializer;
  options.do_openssl_init = 1;
  MQTTClient_global_init(&options);
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; ++i) {
    if (scenarios[i].needs_5_0 && !v5()) continue;
    puts(scenarios[i].name);
    fflush(stdout);
    scenarios[i].run();
  }
  return 0;
}
