using System.Text;
using Toystore.Client;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>A client of one node that writes until the node is killed: new keys, a key of its own over and over, and keys that it shares with all others.</summary>
internal sealed class Writer(RealNode node, string name, Random random, int sharedKeys, WriteHistory history)
{
    private static readonly ReadOptions Reads = new() { Timeout = TimeSpan.FromSeconds(60) };

    private ContextToken? _own;
    private string? _ownValue;

    /// <summary>Writes until an answer is no acknowledgement: then the node is gone, and nobody knows what became of that write.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = node.Connect();
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            var done = random.Next(3) switch
            {
                0 => await PutAsync(client, $"{name}/{i}", $"{name}:{i}", null, []) is not null,
                1 => await OverwriteAsync(client, $"{name}:{i}"),
                _ => await ShareAsync(client, $"shared/{random.Next(sharedKeys)}", $"{name}:{i}"),
            };
            if (!done)
            {
                return;
            }
        }
    }

    private async Task<bool> OverwriteAsync(ToystoreHttpClient client, string value)
    {
        _own = await PutAsync(client, name, value, _own, _ownValue is null ? [] : [_ownValue]);
        _ownValue = value;
        return _own is not null;
    }

    private async Task<bool> ShareAsync(ToystoreHttpClient client, string key, string value) => await client.GetAsync(key, Reads) switch
    {
        ReadOutcome.Found found => await PutAsync(client, key, value, found.Context, found.Values.Select(seen => Encoding.UTF8.GetString(seen.Bytes.Span))) is not null,
        ReadOutcome.NotFound => await PutAsync(client, key, value, null, []) is not null,
        _ => false,
    };

    private async Task<ContextToken?> PutAsync(ToystoreHttpClient client, string key, string value, ContextToken? context, IEnumerable<string> seen)
    {
        history.Begin(key, value, seen);
        var outcome = await client.PutAsync(key, new Value(Encoding.UTF8.GetBytes(value)), new WriteOptions { Context = context, Timeout = TimeSpan.FromSeconds(60) });
        switch (outcome)
        {
            case WriteOutcome.Done done:
                history.Acknowledge(key, value);
                return done.Context;
            case WriteOutcome.NotDone:
                history.Refuse(key, value);
                return null;
            case WriteOutcome.Unknown:
                return null;
            default:
                throw new InvalidOperationException($"{key} through {node.Id}: {outcome}");
        }
    }
}
