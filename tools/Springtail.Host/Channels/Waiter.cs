#nullable enable
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail;

/// <summary>Somebody who waits, in a list whose lock is the engine's gate. Whoever cancels is taken out of the list, and nothing else happens.</summary>
/// <typeparam name="T">What is waited for.</typeparam>
internal class Waiter<T> : TaskCompletionSource<T>
{
    private readonly object _gate;
    private LinkedListNode<Waiter<T>>? _node;
    private CancellationTokenRegistration _registration;

    public Waiter(object gate)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        _gate = gate;
    }

    /// <summary>True once it can be cancelled no more, since it has begun to have an effect.</summary>
    public bool IsBound { get; set; }

    /// <summary>Called with the gate held when it was cancelled.</summary>
    public Action? Cancelled { get; set; }

    /// <summary>Stands at the end of the list from now on. Call it holding the gate.</summary>
    public void WaitIn(LinkedList<Waiter<T>> list, CancellationToken cancellationToken)
    {
        _node = list.AddLast(this);
        _registration = cancellationToken.UnsafeRegister(static (waiter, token) => ((Waiter<T>)waiter!).Cancel(token), this);
    }

    /// <summary>Leaves the list. Call it holding the gate.</summary>
    public void Leave()
    {
        _node?.List?.Remove(_node);
        _node = null;
        _registration.Unregister();
    }

    private void Cancel(CancellationToken token)
    {
        lock (_gate)
        {
            if (!IsBound && _node != null)
            {
                Leave();
                TrySetCanceled(token);
                Cancelled?.Invoke();
            }
        }
    }
}
