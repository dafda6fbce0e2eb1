using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Toystore.Simulation.Mutations;

/// <summary>Runs so many seeds from <paramref name="first"/> on with a mutation chosen (none if null) until one fails; tells how each ended, and gives the one that failed, if any did.</summary>
internal delegate Task<SeedVerdict?> Hunt(string? mutation, int first, int seeds, Action<SeedVerdict> ended, CancellationToken cancellationToken);

/// <summary>Hunts in a process of its own: a mutation may well crash it, or run for ever.</summary>
internal sealed class Hunter(string program, TimeSpan patience)
{
    /// <summary>As <see cref="Mutations.Hunt"/> says.</summary>
    public async Task<SeedVerdict?> HuntAsync(string? mutation, int first, int seeds, Action<SeedVerdict> ended, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(DotNet.Path) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(program);
        var last = first + seeds - 1;
        start.ArgumentList.Add(first.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(last.ToString(CultureInfo.InvariantCulture));
        start.Environment[Planting.Variable] = mutation ?? "";
        using var process = Process.Start(start) ?? throw new PlantingException($"{DotNet.Path} could not be started.");
        try
        {
            return await FollowAsync(process, first, last, ended, cancellationToken);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private async Task<SeedVerdict?> FollowAsync(Process process, int first, int last, Action<SeedVerdict> ended, CancellationToken cancellationToken)
    {
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var words = "";
        var seed = (ulong)first - 1;
        while (true)
        {
            string? line;
            try
            {
                line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(patience, cancellationToken);
            }
            catch (TimeoutException)
            {
                return Failed(SeedVerdict.Hung, $"It did not end within {patience.TotalSeconds:0} s.");
            }

            if (line is null)
            {
                return seed == (ulong)last ? null : Failed(SeedVerdict.Crashed, $"{await errors}{words}");
            }

            if (!line.StartsWith('{') || JsonSerializer.Deserialize<SeedVerdict>(line) is not { } verdict)
            {
                words = line; // somebody's last words
                continue;
            }

            seed = verdict.Seed;
            ended(verdict);
            if (verdict.Kind is not null)
            {
                return verdict;
            }
        }

        SeedVerdict Failed(string kind, string message)
        {
            var verdict = new SeedVerdict(seed + 1, kind, null, message, 0);
            ended(verdict);
            return verdict;
        }
    }
}
