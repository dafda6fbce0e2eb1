using System.Diagnostics;
using Toystore.Simulation.Worlds;
var from = ulong.Parse(args[0]); var to = args.Length > 1 ? ulong.Parse(args[1]) : from;
var watch = Stopwatch.StartNew(); var f = new RunFigures();var virt=TimeSpan.Zero;
for (var seed = from; seed <= to; seed++) {
var at = watch.Elapsed;
var result = SimulationRun.Run(seed, new RunOptions { Listener = args.Length > 2 ? Console.WriteLine : null });
var x = result.Figures; f = new(f.Done + x.Done, f.NotDone + x.NotDone, f.Unknown + x.Unknown, f.Reads + x.Reads, f.FailedReads + x.FailedReads, f.Faults + x.Faults, f.Steps + x.Steps);virt+=result.VirtualTime;
if (result is { Kind: not 0, Message: { } m }) { Console.WriteLine($"{seed} {result.Kind} {m[..Math.Min(1500, m.Length)]}"); Console.WriteLine(result.Shape); }
if (from == to) { Console.WriteLine($"{result.Hash:x} {result.VirtualTime} {result.Shape}"); }
if ((watch.Elapsed-at).TotalSeconds>1) { Console.WriteLine($"slow {seed} {watch.Elapsed-at} {result.Shape}"); }
}
Console.WriteLine($"{watch.Elapsed} {virt} {f}");
return 0;
