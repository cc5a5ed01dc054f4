/** Runs the script given as argument and prints, at its end, the most memory that the process had. */
process.argv.splice(1, 1);
process.on('exit', () => {
  const { maxRSS } = process.resourceUsage();
  process.stderr.write(`peak ${(maxRSS / 1024).toFixed(0)} MB\n`);
});
await import(process.argv[1]);
