namespace Toystore;

/// <summary>The keys that seal what the members tell each other, for operators. Secrets go in and never come out: keys are named by their fingerprints.</summary>
public interface IClusterKeys
{
    /// <summary>Asks every member which keys it has.</summary>
    ValueTask<KeysReport> KeysAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes one step of a change on every member. What was done before is no error, so a step that did not reach all is taken again in the same way.</summary>
    ValueTask<KeysReport> ChangeKeysAsync(KeyChange change, CancellationToken cancellationToken = default);
}

/// <summary>One step: add the new key everywhere, use it everywhere, remove the old one everywhere.</summary>
/// <param name="Step"><c>add</c>, <c>use</c> or <c>remove</c>.</param>
/// <param name="Key">To add: the secret, Base64 of 16, 24 or 32 bytes. To use or remove: the fingerprint, eight hexadecimal digits.</param>
/// <param name="Without">Members that are away and need not take part: they get the keys when they are back, as long as one of theirs is still in use.</param>
public sealed record KeyChange(string Step, string Key, IReadOnlyList<string>? Without = null)
{
    /// <summary>The step alone: what is added is a secret.</summary>
    public override string ToString() => Step;
}

/// <summary>What the members have, and what to do next.</summary>
/// <param name="Done">True if every member that was to take part has taken the step; of a list, if all can read each other.</param>
/// <param name="Summary">How it went and what to type next.</param>
/// <param name="Members">Every member, by id.</param>
public sealed record KeysReport(bool Done, string Summary, IReadOnlyList<MemberKeys> Members);

/// <summary>The keys of one member.</summary>
/// <param name="Id">Its node id.</param>
/// <param name="Keys">Fingerprints, the key in use first; null if it was not to be learned.</param>
/// <param name="Seals">True if it seals what it sends.</param>
/// <param name="TakesOpen">True if it takes what is not sealed.</param>
/// <param name="Problem">Why it did not answer or not take the step; null if all is well.</param>
public sealed record MemberKeys(string Id, IReadOnlyList<string>? Keys, bool Seals, bool TakesOpen, string? Problem);
