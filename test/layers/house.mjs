/* test/layers/house.mjs -- the rooms of the house and who may enter.
 *
 * The rules themselves are here, once; words.mjs, compile.mjs and
 * symbols.mjs hold the sources, the compiler and the objects against
 * them. */
import fs from 'node:fs';
import path from 'node:path';

/* Which rooms a file of a room may include: schemas <- gis, sensors,
 * alerts <- server.  Siblings never include each other. */
export const MAY_INCLUDE = {
        schemas: ['schemas'],
        gis: ['schemas', 'gis'],
        sensors: ['schemas', 'sensors'],
        alerts: ['schemas', 'alerts'],
        server: ['schemas', 'gis', 'sensors', 'alerts', 'server'],
};

export const ROOMS = Object.keys(MAY_INCLUDE);

/* Libraries, and the only places that may know them. */
const adapter = (file) => file.includes('/adapter/');
const in_server = (file) => file.startsWith('server/');

export const LIBRARIES = [
        { name: 'Paho', header: /^MQTT/, where: adapter },
        { name: 'libpq', header: /^(postgresql\/)?libpq|^pg_config/,
                where: adapter },
        { name: 'libwebsockets', header: /^libwebsockets|^lws_/,
                where: adapter },
        { name: 'GDAL', header: /^(gdal|ogr|cpl)[_a-z]*\.h$|^gdal\//,
                where: adapter },
        { name: 'libcurl', header: /^curl\//, where: adapter },
        { name: 'libxml2', header: /^libxml/, where: adapter },
        { name: 'cJSON', header: /cJSON\.h$/,
                where: (file) => file.startsWith('schemas/wire/') },
        { name: 'libuv', header: /^uv(\/|\.h)/, where: in_server },
        { name: 'systemd', header: /^systemd\//, where: in_server },
];

/* Outside server/ and adapter/ code is pure: time comes as an argument,
 * nothing is opened, said or waited for. */
export const is_pure = (file) => !in_server(file) && !adapter(file);

export const WORLDLY_HEADER = new RegExp('^(unistd|fcntl|pthread|threads|' +
        'poll|syslog|dirent|netdb|signal|termios|stdatomic|' +
        'sys/(socket|stat|types|mman|epoll|file|wait|time|ioctl|un|uio)|' +
        'netinet/.*|arpa/.*)\\.h$');

export const WORLDLY_SYMBOL = new RegExp('^(' + [
        'fopen(64)?', 'fdopen', 'freopen(64)?', 'open(64)?', 'openat(64)?',
        'creat(64)?', 'read', 'write', 'pread(64)?', 'pwrite(64)?', 'close',
        'socket', 'connect', 'bind', 'listen', 'accept4?', 'send', 'recv',
        'sendto', 'recvfrom', 'getaddrinfo', 'poll', 'select', 'epoll_.*',
        'time', 'clock', 'clock_gettime', 'gettimeofday', 'localtime(_r)?',
        'mktime', 'tzset', 'nanosleep', 'usleep', 'sleep',
        'printf', 'puts', 'putchar', 'perror', 'fprintf', 'vfprintf',
        '__(v?f)?printf_chk', 'fputs', 'fwrite', 'fflush', 'syslog',
        'pthread_.*', 'thrd_.*', 'mtx_.*', 'fork', 'v?fork', 'exec.*',
        'system', 'popen', 'getenv', 'secure_getenv', 'setenv', 'rand',
        'random', 'srand', 'drand48', 'getrandom', 'setlocale',
].join('|') + ')$');

/* Every .c and .h of the rooms, as paths from the root. */
export function sources(root)
{
        const found = [];

        function walk(dir)
        {
                for (const d of fs.readdirSync(path.join(root, dir),
                        { withFileTypes: true })) {
                        const name = `${dir}/${d.name}`;

                        if (d.name === 'node_modules')
                                continue;
                        if (d.isDirectory())
                                walk(name);
                        else if (/\.[ch]$/.test(d.name))
                                found.push(name);
                }
        }
        ROOMS.forEach(walk);
        return found.sort();
}

/* One line per rule on standard output; the status says if all held. */
const results = [];

export function rule(name, breaches)
{
        results.push(breaches.length);
        console.log(`${breaches.length ? 'not ok' : 'ok'} - ${name}`);
        breaches.forEach((b) => console.log(`    ${b}`));
}

export function finish()
{
        process.exit(results.some((n) => n > 0) || !results.length ? 1 : 0);
}
