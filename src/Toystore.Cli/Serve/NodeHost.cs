using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Server;
using Toystore.Storage;

namespace Toystore.Cli.Serve;

/// <summary>Runs a node with its doors in this process, as <c>toystore serve</c> was told to.</summary>
internal static class NodeHost
{
    // Read by the runtime when the first socket is made: what follows an arrival runs where it was noticed, on as many threads as there are processors. Nothing in a node blocks there, and a request changes threads
    // less often (docs/decisions/0004-where-continuations-run.md).
    private const string SocketCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Runs until it is cancelled. What keeps the node from starting goes to <paramref name="error"/> in a sentence.</summary>
    public static async Task<int> RunAsync(ServeSettings settings, TextWriter error, CancellationToken cancellationToken)
    {
        if ((settings.ListenHttp ?? settings.Self.Http) is not { } http)
        {
            await error.WriteLineAsync($"{settings.Id} has no HTTP address: give its member an http entry, or start it with --http HOST:PORT.");
            return ExitCode.Usage;
        }

        if (Environment.GetEnvironmentVariable(SocketCompletions) is null)
        {
            Environment.SetEnvironmentVariable(SocketCompletions, "1");
        }

        try
        {
            await using var app = ToystoreServer.Build(options => Fill(options, settings), new Endpoint(http.Host, http.Port), logging => logging.SetMinimumLevel(Enum.Parse<LogLevel>(settings.LogLevel)));
            await app.StartAsync(cancellationToken);
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (cancellationToken.Register(() => stopped.TrySetResult()))
            {
                await stopped.Task;
            }

            await app.StopAsync(CancellationToken.None);
            return ExitCode.Done;
        }
        catch (OptionsValidationException problems)
        {
            await error.WriteLineAsync(string.Join('\n', problems.Failures));
            return ExitCode.Usage;
        }
        catch (Exception problem) when (problem is StoreException or IOException)
        {
            await error.WriteLineAsync(problem.Message);
            return ExitCode.Failed;
        }
    }

    private static void Fill(ToystoreOptions options, ServeSettings settings)
    {
        options.ClusterId = settings.Cluster.ToString();
        options.NodeId = settings.Id.ToString();
        options.DataDirectory = settings.DataDirectory;
        options.ListenPeer = settings.ListenPeer?.ToString();
        options.N = settings.N;
        options.R = settings.R;
        options.W = settings.W;
        options.Durability = settings.Durability;
        options.DamagedStore = settings.DamagedStore;
        options.ValueBytesMax = settings.ValueBytesMax;
        options.HintBytesMax = settings.HintBytesMax;
        options.HintAgeMax = settings.HintAgeMax;
        options.ScrubBytesPerSecond = settings.ScrubBytesPerSecond;
        options.Network = settings.Network;
        options.Membership = settings.Membership;
        foreach (var member in settings.Members)
        {
            options.Members.Add(new MemberOptions
            {
                Id = member.Id.ToString(),
                Zone = member.Zone,
                Weight = member.Weight,
                Peer = member.Peer.ToString(),
                Http = member.Http?.ToString(),
                Redis = member.Redis?.ToString(),
            });
        }

        foreach (var key in settings.ClusterKeys)
        {
            options.ClusterKeys.Add(key);
        }

        foreach (var policy in settings.Policies)
        {
            options.Policies.Add(new PolicyOptions { Prefix = policy.Prefix, Policy = policy.Policy == ConflictPolicy.LastWriteWins ? "lww" : "siblings" });
        }
    }
}
