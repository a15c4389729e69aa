/* test/stack/test_fault.mjs -- a hundredth of `./run fault`: five faults at
 * random in the storm, then the count. */
process.argv.push('--faults', '5', '--minutes', '3');
await import('../fault/faults.mjs');
