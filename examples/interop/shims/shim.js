// An AMQP 1.0 shim on rhea, a library of JavaScript that shares nothing with qpid-proton; the arguments are those of shim.c.
//
// rhea is looked for as node looks for any package, then where "make deps" puts it.
'use strict';

const fs = require('fs');

function library() {
	try {
		return require('rhea');
	} catch (error) {
		return require('/usr/local/lib/node_modules/rhea');
	}
}

const rhea = library();
const types = rhea.types;

function fail(what, error) {
	process.stderr.write(`${what}: ${(error && (error.description || error.message)) || error}\n`);
	process.exit(1);
}

// ---- JSON into AMQP values, and back. Numbers of 64 bits are text in JSON and bytes for rhea: JavaScript's own have 53 bits.

const long = text => { const b = Buffer.alloc(8); b.writeBigInt64BE(BigInt(text)); return b; };
const ulong = text => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(text)); return b; };
const bytes = text => Buffer.from(text.replace(/^0x|-/g, ''), 'hex');
const hex = buffer => '0x' + buffer.toString('hex');
const bare = value => value;

function bits(size, write) {
	return value => { const b = Buffer.alloc(size); b[write](value); return hex(b); };
}

function uuid(buffer) {
	return buffer.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// What rhea makes of bytes where a number doesn't hold them.
function whole(value, read) {
	return (Buffer.isBuffer(value) ? value[read]() : BigInt(value)).toString();
}

// Of each type: its AMQP value from a JavaScript value; the code of an array's element; from JSON to a JavaScript value; from a
// JavaScript value to JSON; its encodings.
const table = {
	null: [() => types.Null(), 0x40, bare, () => null, [0x40]],
	boolean: [types.wrap_boolean, 0x56, bare, v => !!v, [0x41, 0x42, 0x56]],
	ubyte: [types.wrap_ubyte, 0x50, bare, bare, [0x50]],
	ushort: [types.wrap_ushort, 0x60, bare, bare, [0x60]],
	uint: [types.wrap_uint, 0x70, bare, bare, [0x43, 0x52, 0x70]],
	ulong: [types.wrap_ulong, 0x80, ulong, v => whole(v, 'readBigUInt64BE'), [0x44, 0x53, 0x80]],
	byte: [types.wrap_byte, 0x51, bare, bare, [0x51]],
	short: [types.wrap_short, 0x61, bare, bare, [0x61]],
	int: [types.wrap_int, 0x71, bare, bare, [0x54, 0x71]],
	long: [types.wrap_long, 0x81, long, v => whole(v, 'readBigInt64BE'), [0x55, 0x81]],
	float: [types.wrap_float, 0x72, t => bytes(t).readFloatBE(), bits(4, 'writeFloatBE'), [0x72]],
	double: [types.wrap_double, 0x82, t => bytes(t).readDoubleBE(), bits(8, 'writeDoubleBE'), [0x82]],
	decimal32: [types.Decimal32, 0x74, bytes, hex, [0x74]],
	decimal64: [types.Decimal64, 0x84, bytes, hex, [0x84]],
	decimal128: [types.Decimal128, 0x94, bytes, hex, [0x94]],
	char: [types.wrap_char, 0x73, t => t.codePointAt(0), v => String.fromCodePoint(v), [0x73]],
	timestamp: [types.wrap_timestamp, 0x83, bare, v => v.getTime(), [0x83]],
	uuid: [types.wrap_uuid, 0x98, bytes, uuid, [0x98]],
	binary: [types.wrap_binary, 0xb0, bytes, v => v.toString('hex'), [0xa0, 0xb0]],
	string: [types.wrap_string, 0xb1, bare, bare, [0xa1, 0xb1]],
	symbol: [types.wrap_symbol, 0xb3, bare, bare, [0xa3, 0xb3]],
};

const list = values => values.length ? types.List32(values.map(toAmqp)) : types.List0();

function toAmqp(json) {
	const [[name, value]] = Object.entries(json);
	if (name === 'list')
		return list(value);
	if (name === 'map')
		return types.Map32(value.flat().map(toAmqp));
	if (name === 'described')
		return types.described(...value.map(toAmqp));
	if (name === 'array') {
		const [, code, read] = table[value[0]];
		const described = value[1] instanceof Object;
		return types.wrap_array(value.slice(described ? 2 : 1).map(read), code, described ? toAmqp(value[1]) : undefined);
	}
	const [wrap, , read] = table[name];
	return wrap(read(value));
}

// The bodies that aren't a value are sections of their own.
function toBody(json) {
	if (json.data !== undefined)
		return rhea.message.data_section(bytes(json.data));
	if (json.sequence)
		return rhea.message.sequence_section(list(json.sequence));
	if (json.described) // the section's descriptor would take the place of the value's own
		fail('send', 'a body of rhea has one descriptor, that of its section');
	return toAmqp(json);
}

function nameOf(code) {
	return Object.keys(table).find(name => table[name][4].includes(code));
}

function toJson(typed) {
	return typed.descriptor ? {described: [toJson(typed.descriptor), bareToJson(typed)]} : bareToJson(typed);
}

function bareToJson(typed) {
	if (types.is_list(typed))
		return {list: typed.value.map(toJson)};
	if (types.is_map(typed)) {
		const pairs = [];
		for (let i = 0; i < typed.value.length; i += 2)
			pairs.push(typed.value.slice(i, i + 2).map(toJson));
		return {map: pairs};
	}
	if (typed.array_constructor) {
		const {typecode, descriptor} = typed.array_constructor;
		const name = nameOf(typecode);
		return {array: [name, ...(descriptor ? [toJson(descriptor)] : []), ...typed.value.map(v => table[name][3](v.value))]};
	}
	const name = nameOf(typed.type.typecode);
	return name ? {[name]: table[name][3](typed.value)} : {[`a value of type ${typed.type}`]: null};
}

// rhea hands plain values to its user: a uint and a double are both numbers. This test is about the types, so what rhea has decoded
// is looked at before it takes them off.
const decode = rhea.message.decode;
rhea.message.decode = data => {
	const message = decode(data);
	const reader = new types.Reader(data);
	message.json = {null: null}; // proton's Python library sends null as no body at all
	while (reader.remaining()) {
		const section = reader.read();
		if (section.descriptor.value === 0x75)
			message.json = {data: section.value.toString('hex')};
		if (section.descriptor.value === 0x76)
			message.json = {sequence: section.value.map(toJson)};
		if (section.descriptor.value === 0x77) // a value
			message.json = bareToJson(section);
	}
	return message;
};

// ---- the connection

function connect(node) {
	const colon = node.lastIndexOf(':');
	for (const event of ['connection_error', 'session_error', 'sender_error', 'receiver_error', 'disconnected'])
		rhea.on(event, context => fail(event, context.error || (context.connection && context.connection.error) || 'no reason given'));
	for (const event of ['rejected', 'released', 'modified'])
		rhea.on(event, () => fail('send', `a message was ${event}`));
	return rhea.connect({host: node.slice(0, colon), port: +node.slice(colon + 1), reconnect: false});
}

function send(node, queue, key, argument) {
	const values = JSON.parse(argument.startsWith('@') ? fs.readFileSync(argument.slice(1), 'utf8') : argument);
	let sent = 0, settled = 0;
	rhea.on('sendable', context => {
		while (context.sender.sendable() && sent < values.length)
			context.sender.send({body: toBody(values[sent++])});
	});
	rhea.on('accepted', context => {
		if (++settled === values.length)
			context.connection.close();
	});
	connect(node).open_sender(queue);
}

function receive(node, queue, key, count) {
	const values = [];
	rhea.on('receiver_open', () => process.stdout.write('ready\n'));
	rhea.on('message', context => {
		values.push(context.message.json);
		if (values.length === +count) {
			process.stdout.write(`${key}\n${JSON.stringify(values)}\n`);
			context.connection.close();
		}
	});
	connect(node).open_receiver({source: queue, credit_window: 0}).add_credit(+count);
}

function who(node) {
	rhea.on('connection_open', context => {
		const properties = context.connection.remote.open.properties || {};
		process.stdout.write(`${properties.product || ''}\n`);
		context.connection.close();
	});
	connect(node);
}

const roles = {send, receive, who, version: () => process.stdout.write('rhea is there\n')};
const [role, ...rest] = process.argv.slice(2);
roles[role](...rest);
