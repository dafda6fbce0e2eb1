using BenchmarkDotNet.Running;
using Toystore.Benchmarks;
using Toystore.Benchmarks.Membership;
using Toystore.Benchmarks.Pictures;

// bench/README.md says what each of these measures and how to read it.
switch (args)
{
    case ["synced-writes", ..]:
        SyncedWritesComparison.Run(Console.Out);
        return 0;
    case ["http", .. var rest]:
        return await HttpComparison.RunAsync(Console.Out, rest);
    case ["membership", .. var rest]:
        return await MembershipComparison.RunAsync(Console.Out, rest);
    case ["pictures", var folder]:
        return SwimPictures.Draw(Console.Out, folder);
    case ["rebuild", .. var rest]:
        return await RebuildComparison.RunAsync(Console.Out, rest);
    case ["healing-p99", .. var rest]:
        return await HealingComparison.RunAsync(Console.Out, rest);
    case ["rebuild-once", var directory, var keys]:
        return await RebuildComparison.RunOnceAsync(Console.Out, directory, int.Parse(keys, System.Globalization.CultureInfo.InvariantCulture));
    case ["bare-endpoint", var port]:
        return await BareEndpoint.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
    case ["micro", .. var rest]:
        BenchmarkSwitcher.FromAssembly(typeof(SyncedWritesComparison).Assembly).Run(rest);
        return 0;
    default:
        Console.Error.WriteLine("dotnet run -c Release --project bench/Toystore.Benchmarks -- micro [BenchmarkDotNet's options] | synced-writes | rebuild [keys] [bytes of a value] | healing-p99 [pairs] [keys] | http [os|fsync] [rounds] | membership [--members n] [--sealed] ... | pictures docs/protocols");
        return 2;
}
