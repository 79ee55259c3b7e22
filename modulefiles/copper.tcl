#%Module1.0
# Copper for Java, for Environment Modules. Installed as share/modulefiles/copper/VERSION; it finds the install tree by
# its own place, so a tree that is moved keeps its module. A copy elsewhere needs root, and any site may set the others.
set root ""
set java ""          ;# the Java to use where the nodes have none of version 17 or newer on the PATH
set address_book ""  ;# the facility's address book; otherwise etc/copper_addressbook.txt of the tree, where there is one
set view ""          ;# where launch scripts mount Copper; otherwise /tmp/$USER/copper

if {$root eq ""} {
    set root [file dirname [file dirname [file dirname [file dirname [file normalize $ModulesCurrentModulefile]]]]]
}
if {[module-info mode load] && ![file exists $root/bin/cu_fuse]} {
    puts stderr "copper: there is no install tree at '$root': set root in $ModulesCurrentModulefile"
    exit 1
}

proc ModulesHelp {} {
    puts stderr {Copper, a read-only file system that the nodes of a job share, so that storage is asked once for each file.

  cu_fuse            starts one node (man cu_fuse)
  cu_fuse_shutdown   ends all nodes of a job
  launch_copper_*, stop_copper_*   start and end Copper on all nodes of a job, where these scripts are installed

Sets COPPER_ROOT, CUPATH (the program cu_fuse) and CU_FUSE_MNT_VIEWDIR (where Copper is mounted).}
}
module-whatis "Read-only cooperative cache for starting programs on many nodes (Java)"

conflict copper
setenv COPPER_ROOT $root
setenv CUPATH $root/bin/cu_fuse
if {$view eq ""} {
    set user user
    if {[info exists env(USER)]} {
        set user $env(USER)
    }
    set view /tmp/$user/copper
}
setenv CU_FUSE_MNT_VIEWDIR $view
prepend-path PATH $root/bin
prepend-path MANPATH $root/share/man
append-path MANPATH {} ;# the system's own pages
if {$java ne ""} {
    setenv COPPER_JAVA $java
}
if {$address_book eq "" && [file exists $root/etc/copper_addressbook.txt]} {
    set address_book $root/etc/copper_addressbook.txt
}
if {$address_book ne ""} {
    setenv facility_address_book $address_book
}

# launch_copper and stop_copper are those of this site: the generic script where there is one, else what suits the
# scheduler, as on Frontier (Slurm) and Aurora (PBS).
set sites {frontier aurora}
if {[auto_execok sbatch] ne ""} {
    set sites {aurora frontier}
}
foreach verb {launch_copper stop_copper} {
    set chosen ""
    foreach site $sites {
        set script ${verb}_$site.sh
        if {[file exists $root/bin/$script]} {
            set-alias ${verb}_$site $script
            set chosen $script
        }
    }
    if {[file exists $root/bin/$verb.sh]} {
        set chosen $verb.sh
    }
    if {$chosen ne ""} {
        set-alias $verb $chosen
    }
}
