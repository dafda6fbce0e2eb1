namespace Toystore.Simulation.Workloads;

/// <summary>What a client may do next.</summary>
internal enum WorkKind
{
    /// <summary>Read a key.</summary>
    Read,

    /// <summary>Put a value without having read.</summary>
    Put,

    /// <summary>Put a value with the context of an earlier answer.</summary>
    Replace,

    /// <summary>Delete whatever a quorum sees.</summary>
    Clear,

    /// <summary>Delete with the context of an earlier answer.</summary>
    Delete,

    /// <summary>Put or delete if the key is as it was when it was read.</summary>
    IfUnchanged,

    /// <summary>Put if there is nothing.</summary>
    IfAbsent,

    /// <summary>Put if there is something.</summary>
    IfPresent,

    /// <summary>List all keys, page by page.</summary>
    List,

    /// <summary>Send several requests for one key at the same time.</summary>
    Burst,
}
